{{ config(indexes=[{'columns': ['id_number']}]) }}

-- A death dated before the birth is a wrong entry at the source and is left out.
with reports as (
    select
        id_number,
        full_name,
        death_date,
        cancelled_on as reported_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_public_security__death_cancellation') }}

    union all

    select
        id_number,
        full_name,
        death_date,
        cremated_on as reported_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_civil_affairs__cremation') }}
)

select
    reports.*,
    persons.person_id
from reports
inner join {{ ref('dim_person_alias') }} as persons on reports.id_number = persons.id_number
where reports.death_date >= persons.birth_date
