-- Two running benefits of one person that exclude each other, or one benefit twice. A row for each of
-- the two, with the other as the fact.
with pairs as (
    select
        pair,
        benefit_a,
        benefit_b
    from {{ ref('exclusive_benefits') }}
    where from_date <= {{ as_of() }} and (until_date is null or until_date > {{ as_of() }})
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
)

select
    {{ enrolment_columns('enrolments') }},
    case when both_ways.benefit_one = both_ways.benefit_other then 'same_benefit' else 'exclusive_pair' end
        as sub_type,
    1 as sub_type_rank,
    both_ways.pair as event_key,
    {{ surely_one_person('enrolments', 'others') }} as names_agree,
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ benefit_evidence('others', {'found_by': found_by('enrolments', 'others')}) }} as fact_evidence
from {{ ref('int_active_enrolment') }} as enrolments
inner join {{ ref('int_active_enrolment') }} as others
    on enrolments.person_id = others.person_id and enrolments.enrolment_id <> others.enrolment_id
inner join both_ways
    on enrolments.benefit_type = both_ways.benefit_one and others.benefit_type = both_ways.benefit_other
