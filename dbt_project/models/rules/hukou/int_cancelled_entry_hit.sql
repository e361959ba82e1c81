-- The register cancelled the entry for a death that nobody else reported, or whose report was taken back. So the person
-- is not registered elsewhere, and there is no day of death. If a report names the number, the death rule warns; a
-- probabilistic link is too weak to silence this rule. People who have left the city are warned of for that reason
-- instead.
with dead as (
    select distinct enrolment_id from {{ ref('int_dead_hit') }}
    where sub_type = 'dead'
),

cancelled as (
    select states.*
    from {{ ref('int_hukou_state') }} as states
    left join dead on states.enrolment_id = dead.enrolment_id
    where
        states.register_status = 'cancelled_death'
        and states.sub_type is null
        and dead.enrolment_id is null
)

select
    {{ enrolment_columns('cancelled') }},
    'cancelled_death' as sub_type,
    2 as sub_type_rank,
    'hukou' as event_key,
    cancelled.answer_names_agree as names_agree,
    {{ benefit_evidence('cancelled') }} as benefit_evidence,
    {{ register_evidence('cancelled') }} as fact_evidence
from cancelled
