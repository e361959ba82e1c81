-- Benefits of people who serve a sentence at the business date, or have been in custody for longer than the parameter
-- allows.
with parameters as (
    {{ parameters_of('imprisoned', ['custody_days']) }}
),

terms as (
    select terms.*
    from {{ ref('int_custody_term') }} as terms
    cross join parameters
    where
        (terms.custody_type = 'prison' and {{ serves_sentence('terms.custody_from', 'terms.custody_until') }})
        or (
            terms.custody_type = 'custody'
            and {{ is_in_long_custody('terms.custody_from', 'terms.custody_until', 'parameters.custody_days') }}
        )
),

found as (
    select
        enrolments.*,
        terms.custody_type,
        terms.custody_from,
        terms.custody_until,
        {{ surely_one_person('enrolments', 'terms') }} as names_agree,
        {{ fact_evidence('terms', {
            'custody_type': 'terms.custody_type',
            'custody_from': 'terms.custody_from',
            'custody_until': 'terms.custody_until',
            'found_by': found_by('enrolments', 'terms'),
        }) }} as fact_evidence
    from terms
    inner join {{ ref('int_active_enrolment') }} as enrolments
        on terms.person_id = enrolments.person_id and {{ may_be_one_person('enrolments', 'terms') }}
    {{ only_benefits_of('imprisoned', 'enrolments') }}
),

undue as (
    select
        enrolment_id,
        custody_from as undue_from,
        custody_until as undue_until
    from found
),

{{ overpaid_while('undue') }},

held as (
    select
        found.*,
        overpaid.overpaid_months,
        overpaid.overpaid_amount,
        {{ overlap_columns('found', 'found.custody_from', 'found.custody_until') }}
    from found
    inner join overpaid on found.enrolment_id = overpaid.enrolment_id
)

select
    {{ enrolment_columns('held') }},
    held.custody_type as sub_type,
    case held.custody_type when 'prison' then 1 else 2 end as sub_type_rank,
    concat(held.custody_type, ':', {{ iso_date('held.custody_from') }}) as event_key,
    held.names_agree,
    held.overlap_from,
    held.overlap_until,
    held.overpaid_months,
    held.overpaid_amount,
    {{ benefit_evidence('held', {
        'overlap_from': 'held.overlap_from',
        'overlap_until': 'held.overlap_until',
        'overpaid_months': 'held.overpaid_months',
        'overpaid_amount': 'held.overpaid_amount',
    }) }} as benefit_evidence,
    held.fact_evidence
from held
