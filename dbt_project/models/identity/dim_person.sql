{{ config(indexes=[{'columns': ['id_number'], 'unique': True}, {'columns': ['person_id'], 'unique': True}]) }}

-- Everyone civil affairs has a case with: people who are or were enrolled, apply, may be checked, live in a care home,
-- are declared as a case worker's relative, or were confirmed alive. People whom only a department's files name have no
-- profile here. A person with two numbers has one row, with the present number. The key is made of the first number, so
-- a change of number does not change it.
with numbers as (
    select * from {{ ref('int_number_change') }}
    where not belongs_to_another
),

first_numbers as (
    select distinct
        current_number,
        first_number
    from numbers
),

mentions as (
    select
        enrolments.id_number,
        enrolments.full_name,
        enrolments.region_code,
        benefits.rank as name_rank,
        case when enrolments.is_active then benefits.rank else 100 + benefits.rank end as region_rank,
        true as is_enrolled,
        enrolments.is_active
    from {{ ref('int_enrolment') }} as enrolments
    inner join {{ ref('benefits') }} as benefits on enrolments.benefit_type = benefits.benefit_type

    union all

    select
        id_number,
        full_name,
        region_code,
        30 as name_rank,
        230 as region_rank,
        false as is_enrolled,
        false as is_active
    from {{ ref('stg_platform__application') }}

    union all

    select
        id_number,
        full_name,
        cast(null as {{ text_type() }}) as region_code,
        40 as name_rank,
        999 as region_rank,
        false as is_enrolled,
        false as is_active
    from {{ ref('stg_civil_affairs__elder_care__stay') }}

    union all

    select
        id_number,
        full_name,
        cast(null as {{ text_type() }}) as region_code,
        50 as name_rank,
        999 as region_rank,
        false as is_enrolled,
        false as is_active
    from {{ ref('stg_platform__authorisation') }}

    union all

    select
        relative_id_number as id_number,
        relative_name as full_name,
        cast(null as {{ text_type() }}) as region_code,
        60 as name_rank,
        999 as region_rank,
        false as is_enrolled,
        false as is_active
    from {{ ref('stg_civil_affairs__dibao__staff_relative') }}

    union all

    select
        id_number,
        full_name,
        cast(null as {{ text_type() }}) as region_code,
        70 as name_rank,
        999 as region_rank,
        false as is_enrolled,
        false as is_active
    from {{ ref('stg_platform__liveness_confirmation') }}
),

persons as (
    -- a name that lost characters on the way is used only where there is no other
    select
        coalesce(numbers.current_number, mentions.id_number) as id_number,
        {{ first_by_rank(
            'mentions.full_name',
            'mentions.name_rank + case when ' ~ is_damaged('mentions.full_name') ~ ' then 500 else 0 end'
        ) }} as full_name,
        {{ first_by_rank('mentions.region_code', 'mentions.region_rank') }} as region_code,
        bool_or(mentions.is_enrolled) as is_enrolled,
        bool_or(mentions.is_active) as has_active_enrolment
    from mentions
    left join numbers on mentions.id_number = numbers.old_number
    group by coalesce(numbers.current_number, mentions.id_number)
)

select
    {{ person_key('coalesce(first_numbers.first_number, persons.id_number)') }} as person_id,
    persons.id_number,
    persons.full_name,
    {{ sex_of('persons.id_number') }} as sex,
    answers.ethnic_group,
    persons.region_code,
    answers.register_district,
    answers.register_status,
    persons.is_enrolled,
    persons.has_active_enrolment,
    {{ birth_date_of('persons.id_number') }} as birth_date,
    {{ as_of() }} as as_of
from persons
left join {{ ref('int_register_answer') }} as answers on persons.id_number = answers.id_number
left join first_numbers on persons.id_number = first_numbers.current_number
