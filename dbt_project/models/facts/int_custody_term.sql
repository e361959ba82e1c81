{{ config(indexes=[{'columns': ['id_number']}]) }}

-- An end that is not given is open: a life sentence, or a custody that goes on.
with terms as (
    select
        prison.id_number,
        prison.full_name,
        'prison' as custody_type,
        prison.sentence_start as custody_from,
        {{ prison_until('prison') }} as custody_until,
        prison.feed_id,
        cast(prison.batch_id as {{ text_type() }}) as batch_id,
        prison.row_no
    from {{ ref('stg_public_security__prison') }} as prison

    union all

    select
        id_number,
        full_name,
        'custody' as custody_type,
        custody_start as custody_from,
        custody_end as custody_until,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_public_security__detention') }}
)

select
    terms.*,
    persons.person_id
from terms
inner join {{ ref('dim_person_alias') }} as persons on terms.id_number = persons.id_number
