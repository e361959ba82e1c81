-- A benefit that runs although the police or a funeral home reported the death (the two know different
-- deaths: either is enough). Months paid after the month of the first reported death are counted.
-- Of those whom no report names by number, a dead without a number may be one: that is a suspicion only.
with enrolments as (
    select benefits.*
    from {{ ref('int_active_enrolment') }} as benefits
    inner join {{ ref('rule_benefits') }} as covered
        on covered.rule_id = 'death' and benefits.benefit_type = covered.benefit_type
),

reports as (
    select * from {{ ref('int_death_report') }}
    where death_date <= {{ as_of() }}
),

named as (
    select distinct person_id from reports
),

linked as (
    select
        links.*,
        deaths.death_date,
        deaths.cremated_on,
        deaths.feed_id,
        deaths.batch_id,
        deaths.row_no
    from {{ ref('fct_person_link') }} as links
    inner join {{ ref('int_numberless_death') }} as deaths on links.cremation_no = deaths.cremation_no
    left join named on links.person_id = named.person_id
    where links.is_linked and named.person_id is null
),

deaths as (
    select
        person_id,
        death_date
    from reports

    union all

    select
        person_id,
        death_date
    from linked
),

first_deaths as (
    select
        person_id,
        min(death_date) as death_date
    from deaths
    group by person_id
),

overpaid as (
    select
        deaths.person_id,
        count(payments.payment_id) as payment_count
    from first_deaths as deaths
    left join {{ ref('fct_payment') }} as payments
        on
            deaths.person_id = payments.person_id
            and payments.result = 'paid'
            and payments.pay_month > {{ month_start('deaths.death_date') }}
    group by deaths.person_id
)

select
    {{ enrolment_columns('enrolments') }},
    'dead' as sub_type,
    1 as sub_type_rank,
    'death' as event_key,
    {{ surely_one_person('enrolments', 'reports') }} as names_agree,
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ fact_evidence('reports', {
        'death_date': 'reports.death_date',
        'reported_on': 'reports.reported_on',
        'overpaid_months': 'overpaid.payment_count',
        'found_by': found_by('enrolments', 'reports'),
    }) }} as fact_evidence
from enrolments
inner join reports
    on enrolments.person_id = reports.person_id and {{ may_be_one_person('enrolments', 'reports') }}
inner join overpaid on enrolments.person_id = overpaid.person_id

union all

select
    {{ enrolment_columns('enrolments') }},
    'linked' as sub_type,
    2 as sub_type_rank,
    'linked_death' as event_key,
    false as names_agree,
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ link_evidence('linked', {
        'death_date': 'linked.death_date',
        'reported_on': 'linked.cremated_on',
        'overpaid_months': 'overpaid.payment_count',
    }) }} as fact_evidence
from enrolments
inner join linked on enrolments.person_id = linked.person_id
inner join overpaid on enrolments.person_id = overpaid.person_id
