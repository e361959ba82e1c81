-- Serving a sentence at the business date, or in custody for longer than the parameter allows.
with parameters as (
    {{ parameters_of('imprisoned', ['custody_days']) }}
),

terms as (
    select terms.*
    from {{ ref('int_custody_term') }} as terms
    cross join parameters
    where
        (terms.custody_until is null or terms.custody_until >= {{ as_of() }})
        and (
            (terms.custody_type = 'prison' and terms.custody_from <= {{ as_of() }})
            or (
                terms.custody_type = 'custody'
                and {{ add_days('terms.custody_from', 'parameters.custody_days') }} < {{ as_of() }}
            )
        )
)

select
    {{ enrolment_columns('enrolments') }},
    terms.custody_type as sub_type,
    1 as sub_type_rank,
    concat(terms.custody_type, ':', {{ iso_date('terms.custody_from') }}) as event_key,
    {{ surely_one_person('enrolments', 'terms') }} as names_agree,
    {{ benefit_evidence('enrolments', {
        'overlap_from': 'greatest(enrolments.start_date, terms.custody_from)',
    }) }} as benefit_evidence,
    {{ fact_evidence('terms', {
        'custody_type': 'terms.custody_type',
        'custody_from': 'terms.custody_from',
        'custody_until': 'terms.custody_until',
        'found_by': found_by('enrolments', 'terms'),
    }) }} as fact_evidence
from terms
inner join {{ ref('int_active_enrolment') }} as enrolments
    on terms.person_id = enrolments.person_id and {{ may_be_one_person('enrolments', 'terms') }}
inner join {{ ref('rule_benefits') }} as covered
    on covered.rule_id = 'imprisoned' and enrolments.benefit_type = covered.benefit_type
