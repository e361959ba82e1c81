{{ config(indexes=[{'columns': ['id_number'], 'unique': True}]) }}

-- The former names of a number in one text, ',name,name,' in simplified characters, as the macro was_called reads it. A
-- name that lost characters on the way is left out, because it would fit many people.
select
    id_number,
    concat(',', {{ text_list(fold_name('former_name')) }}, ',') as former_names
from {{ ref('int_name_change') }}
where not belongs_to_another and not {{ is_damaged('former_name') }}
group by id_number
