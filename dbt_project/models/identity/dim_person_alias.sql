{{ config(indexes=[{'columns': ['id_number'], 'unique': True}, {'columns': ['person_id']}]) }}

-- Every number a person is or was known by. To find a person by number, look here.
select
    persons.id_number,
    persons.person_id,
    persons.birth_date,
    'current' as reason,
    cast(null as date) as changed_on,
    cast(null as {{ text_type() }}) as feed_id,
    cast(null as {{ text_type() }}) as batch_id,
    cast(null as bigint) as row_no,
    {{ as_of() }} as as_of
from {{ ref('dim_person') }} as persons

union all

select
    changes.old_number as id_number,
    persons.person_id,
    persons.birth_date,
    changes.reason,
    changes.changed_on,
    changes.feed_id,
    changes.batch_id,
    changes.row_no,
    {{ as_of() }} as as_of
from {{ ref('int_number_change') }} as changes
inner join {{ ref('dim_person') }} as persons on changes.current_number = persons.id_number
where not changes.belongs_to_another
