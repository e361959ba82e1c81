{% set paid_on = {
    'overpaid_months': 'overpaid.overpaid_months',
    'overpaid_amount': 'overpaid.overpaid_amount',
} -%}
-- A benefit that runs although the police or a funeral home reported the death. The two know of different deaths, so
-- one report is enough. Months paid after the month of the first reported death are overpaid, also for a benefit that
-- began after the death.
-- A dead person without a number may be somebody on a benefit whom no report names. That is a suspicion only.
with enrolments as (
    select benefits.*
    from {{ ref('int_active_enrolment') }} as benefits
    {{ only_benefits_of('death', 'benefits') }}
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

undue as (
    select
        enrolments.enrolment_id,
        reports.death_date as undue_from,
        cast(null as date) as undue_until
    from enrolments
    inner join reports
        on enrolments.person_id = reports.person_id and {{ may_be_one_person('enrolments', 'reports') }}

    union all

    select
        enrolments.enrolment_id,
        linked.death_date as undue_from,
        cast(null as date) as undue_until
    from enrolments
    inner join linked on enrolments.person_id = linked.person_id
),

{{ overpaid_while('undue') }}

select
    {{ enrolment_columns('enrolments') }},
    'dead' as sub_type,
    1 as sub_type_rank,
    'death' as event_key,
    {{ surely_one_person('enrolments', 'reports') }} as names_agree,
    {{ overlap_columns('enrolments', 'reports.death_date') }},
    overpaid.overpaid_months,
    overpaid.overpaid_amount,
    {{ benefit_evidence('enrolments', paid_on) }} as benefit_evidence,
    {{ fact_evidence('reports', {
        'death_date': 'reports.death_date',
        'reported_on': 'reports.reported_on',
        'found_by': found_by('enrolments', 'reports'),
    }) }} as fact_evidence
from enrolments
inner join reports
    on enrolments.person_id = reports.person_id and {{ may_be_one_person('enrolments', 'reports') }}
inner join overpaid on enrolments.enrolment_id = overpaid.enrolment_id

union all

select
    {{ enrolment_columns('enrolments') }},
    'linked' as sub_type,
    2 as sub_type_rank,
    'linked_death' as event_key,
    false as names_agree,
    {{ overlap_columns('enrolments', 'linked.death_date') }},
    overpaid.overpaid_months,
    overpaid.overpaid_amount,
    {{ benefit_evidence('enrolments', paid_on) }} as benefit_evidence,
    {{ link_evidence('linked', {
        'death_date': 'linked.death_date',
        'reported_on': 'linked.cremated_on',
    }) }} as fact_evidence
from enrolments
inner join linked on enrolments.person_id = linked.person_id
inner join overpaid on enrolments.enrolment_id = overpaid.enrolment_id
