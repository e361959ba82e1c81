{% set paid_on = {
    'overpaid_months': 'overpaid.overpaid_months',
    'overpaid_amount': 'overpaid.overpaid_amount',
} -%}
-- Two running benefits of one person that exclude each other, or one benefit twice. Each of the two has a row, with the
-- other as the fact.
with pairs as (
    select
        listed.pair,
        listed.benefit_a,
        listed.benefit_b
    from {{ ref('exclusive_benefits') }} as listed
    where {{ in_force('listed', as_of()) }}
),

both_ways as (
    select
        pair,
        benefit_a as benefit_one,
        benefit_b as benefit_other
    from pairs
    union
    select
        pair,
        benefit_b as benefit_one,
        benefit_a as benefit_other
    from pairs
),

found as (
    select
        enrolments.enrolment_id,
        others.enrolment_id as other_id,
        both_ways.pair,
        both_ways.benefit_one = both_ways.benefit_other as is_same
    from {{ ref('int_active_enrolment') }} as enrolments
    inner join {{ ref('int_active_enrolment') }} as others
        on enrolments.person_id = others.person_id and enrolments.enrolment_id <> others.enrolment_id
    inner join both_ways
        on enrolments.benefit_type = both_ways.benefit_one and others.benefit_type = both_ways.benefit_other
),

paid_twice as (
    select distinct
        found.enrolment_id,
        paid.pay_month,
        paid.amount
    from found
    inner join {{ ref('int_paid_month') }} as paid on found.enrolment_id = paid.enrolment_id
    inner join {{ ref('int_paid_month') }} as other_paid
        on found.other_id = other_paid.enrolment_id and paid.pay_month = other_paid.pay_month
),

-- what a side was paid for the months in which another side was paid too
overpaid as (
    select
        found.enrolment_id,
        cast(count(distinct paid_twice.pay_month) as {{ int_type() }}) as overpaid_months,
        cast(coalesce(sum(paid_twice.amount), 0) as numeric(14, 2)) as overpaid_amount
    from (select distinct enrolment_id from found) as found
    left join paid_twice on found.enrolment_id = paid_twice.enrolment_id
    group by found.enrolment_id
)

select
    {{ enrolment_columns('enrolments') }},
    case when found.is_same then 'same_benefit' else 'exclusive_pair' end as sub_type,
    case when found.is_same then 2 else 1 end as sub_type_rank,
    found.pair as event_key,
    {{ surely_one_person('enrolments', 'others') }} as names_agree,
    {{ overlap_columns('enrolments', 'others.start_date', add_days('others.stop_date', -1)) }},
    overpaid.overpaid_months,
    overpaid.overpaid_amount,
    {{ benefit_evidence('enrolments', paid_on) }} as benefit_evidence,
    {{ benefit_evidence('others', {
        'found_by': found_by('enrolments', 'others'),
        'overpaid_months': 'other_overpaid.overpaid_months',
        'overpaid_amount': 'other_overpaid.overpaid_amount',
    }) }} as fact_evidence
from found
inner join {{ ref('int_active_enrolment') }} as enrolments on found.enrolment_id = enrolments.enrolment_id
inner join {{ ref('int_active_enrolment') }} as others on found.other_id = others.enrolment_id
inner join overpaid on found.enrolment_id = overpaid.enrolment_id
inner join overpaid as other_overpaid on found.other_id = other_overpaid.enrolment_id
