-- Incomes of people on a benefit that began after the last review of the family. A month that begins on the day of the
-- review was known at the review. Pay by the state, and insurance on another amount than the wage, are reported
-- whenever they began. An income under a former number of the member is only suspected.
with members as (
    select
        enrolments.*,
        {{ known_until('cases.last_review_on', 'enrolments.start_date') }} as known_until
    from {{ ref('int_active_enrolment') }} as enrolments
    {{ only_benefits_of('income_change', 'enrolments') }}
    inner join {{ ref('fct_enrolment') }} as cases on enrolments.enrolment_id = cases.enrolment_id
)

select
    {{ enrolment_columns('members') }},
    incomes.sub_type,
    case incomes.sub_type
        when 'state_paid' then 1 when 'employed' then 2 when 'pension_started' then 3
        when 'unemployment_benefit' then 4 else 5
    end as sub_type_rank,
    incomes.event_key,
    {{ surely_one_person('members', 'incomes') }} as names_agree,
    {{ benefit_evidence('members', {'known_until': 'members.known_until'}) }} as benefit_evidence,
    {{ fact_evidence('incomes', {
        'income': 'incomes.sub_type',
        'began_on': 'incomes.began_on',
        'amount': 'incomes.amount',
        'found_by': found_by('members', 'incomes'),
    }) }} as fact_evidence
from members
inner join {{ ref('dim_person_alias') }} as persons on members.person_id = persons.person_id
inner join {{ ref('int_income') }} as incomes
    on
        persons.id_number = incomes.id_number
        and {{ may_be_one_person('members', 'incomes') }}
        and (incomes.began_on is null or incomes.began_on > members.known_until)
