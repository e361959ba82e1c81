{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- Disability allowances of a month that the person may not have, because something else the person has excludes them,
-- or because they ask for a benefit the person is not on (under any number). Of several reasons, the first by rank.
with on_dibao as (
    select distinct
        cases.pay_month,
        holders.person_id
    from {{ ref('int_case_of_month') }} as cases
    inner join {{ ref('fct_enrolment') }} as holders on cases.enrolment_id = holders.enrolment_id
    where cases.benefit_type = 'dibao'
),

held as (
    select distinct
        pay_month,
        id_number,
        benefit_type as held
    from {{ ref('int_case_of_month') }}
    where benefit_type in ('tekun', 'orphan')

    union all

    select
        months.pay_month,
        injured.id_number,
        'work_injury_care' as held
    from {{ ref('stg_social_security__work_injury_insurance') }} as injured
    cross join {{ ref('int_pay_month') }} as months
    where injured.care_allowance > 0

    union all

    select
        living.pay_month,
        living.id_number,
        'no_dibao' as held
    from {{ ref('int_case_of_month') }} as living
    inner join {{ ref('fct_enrolment') }} as holders on living.enrolment_id = holders.enrolment_id
    left join on_dibao on living.pay_month = on_dibao.pay_month and holders.person_id = on_dibao.person_id
    where living.benefit_type = 'disability_living' and on_dibao.person_id is null
),

excluded as (
    select
        cases.enrolment_id,
        cases.pay_month,
        exclusions.excluded_by,
        row_number() over (
            partition by cases.enrolment_id, cases.pay_month
            order by exclusions.rank, exclusions.excluded_by
        ) as place
    from {{ ref('int_case_of_month') }} as cases
    inner join held on cases.pay_month = held.pay_month and cases.id_number = held.id_number
    inner join {{ ref('allowance_exclusions') }} as exclusions
        on
            cases.benefit_type = exclusions.benefit_type
            and held.held = exclusions.excluded_by
            and {{ in_force('exclusions', 'cases.pay_month') }}
)

select
    enrolment_id,
    pay_month,
    excluded_by as reason
from excluded
where place = 1
