with states as (
    select * from {{ ref('int_hukou_state') }}
    where sub_type is not null
),

undue as (
    select
        enrolment_id,
        moved_on as undue_from,
        cast(null as date) as undue_until
    from states
),

{{ overpaid_while('undue') }}

select
    {{ enrolment_columns('states') }},
    states.sub_type,
    1 as sub_type_rank,
    'hukou' as event_key,
    states.answer_names_agree as names_agree,
    {{ overlap_columns('states') }},
    overpaid.overpaid_months,
    overpaid.overpaid_amount,
    {{ benefit_evidence('states') }} as benefit_evidence,
    {{ register_evidence('states') }} as fact_evidence
from states
inner join overpaid on states.enrolment_id = overpaid.enrolment_id
where states.register_finding is not null

union all

select
    {{ enrolment_columns('states') }},
    states.sub_type,
    1 as sub_type_rank,
    'hukou' as event_key,
    states.move_names_agree as names_agree,
    {{ overlap_columns('states', 'states.moved_on') }},
    overpaid.overpaid_months,
    overpaid.overpaid_amount,
    {{ benefit_evidence('states') }} as benefit_evidence,
    {{ json_object({
        'role': "'fact'",
        'feed_id': 'states.move_feed_id',
        'batch_id': 'states.move_batch_id',
        'row_no': 'states.move_row_no',
        'moved_on': 'states.moved_on',
        'to_district': 'states.to_district',
        'destination': destination_told('states'),
        'found_by': 'states.move_found_by',
    }) }} as fact_evidence
from states
inner join overpaid on states.enrolment_id = overpaid.enrolment_id
where states.has_left
