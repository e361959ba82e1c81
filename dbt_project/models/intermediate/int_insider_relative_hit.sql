-- Two ways to be a favour case: a close relative of someone with approval rights whose declaration or
-- home visit is missing; or an application of the household agreed to by the relative in person.
with relatives as (
    select
        staff_id,
        relative_id_number,
        relative_name,
        has_approval_rights,
        filed_on,
        home_visit_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_civil_affairs__dibao__staff_relative') }}
),

enrolments as (
    select benefits.*
    from {{ ref('int_active_enrolment') }} as benefits
    inner join {{ ref('rule_benefits') }} as covered
        on covered.rule_id = 'insider_relative' and benefits.benefit_type = covered.benefit_type
),

undeclared as (
    select * from relatives
    where
        has_approval_rights
        and (
            filed_on is null or filed_on > {{ as_of() }}
            or home_visit_on is null or home_visit_on > {{ as_of() }}
        )
),

agreed_steps as (
    select
        applications.household_id as household_no,
        steps.application_id,
        steps.step_no,
        steps.staff_id,
        steps.feed_id,
        cast(steps.batch_id as {{ text_type() }}) as batch_id,
        steps.row_no
    from {{ ref('stg_platform__approval_step') }} as steps
    inner join {{ ref('stg_platform__application') }} as applications
        on steps.application_id = applications.application_id and applications.matter = 'dibao'
    where steps.result = 'agreed'
)

select
    {{ enrolment_columns('enrolments') }},
    'undeclared' as sub_type,
    1 as sub_type_rank,
    'undeclared' as event_key,
    {{ names_agree('enrolments.full_name', 'undeclared.relative_name') }} as names_agree,
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ fact_evidence('undeclared', {
        'raw_table': "'civil_affairs__dibao__staff_relative'",
        'staff_id': 'undeclared.staff_id',
        'has_approval_rights': 'undeclared.has_approval_rights',
        'filed_on': 'undeclared.filed_on',
        'home_visit_on': 'undeclared.home_visit_on',
    }) }} as fact_evidence
from enrolments
inner join undeclared on enrolments.id_number = undeclared.relative_id_number

union all

select
    {{ enrolment_columns('enrolments') }},
    'own_approval' as sub_type,
    2 as sub_type_rank,
    'own_approval' as event_key,
    {{ names_agree('enrolments.full_name', 'relatives.relative_name') }} as names_agree,
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ fact_evidence('agreed_steps', {
        'staff_id': 'agreed_steps.staff_id',
        'application_id': 'agreed_steps.application_id',
        'step_no': 'agreed_steps.step_no',
    }) }} as fact_evidence
from enrolments
inner join relatives on enrolments.id_number = relatives.relative_id_number
inner join agreed_steps
    on enrolments.household_no = agreed_steps.household_no and relatives.staff_id = agreed_steps.staff_id
