-- Ways to be a favour case: a close relative of somebody who decides, or that relative's spouse, parent or
-- child, is on the benefit or applies for it, and the record or the home visit is missing; or an application
-- of the household was agreed to by the relative in person.
with enrolments as (
    select benefits.*
    from {{ ref('int_active_enrolment') }} as benefits
    inner join {{ ref('rule_benefits') }} as covered
        on covered.rule_id = 'insider_relative' and benefits.benefit_type = covered.benefit_type
),

relatives as (
    select * from {{ ref('int_staff_relative') }}
),

undeclared as (
    select * from relatives
    where is_watched and gap is not null
),

-- who is not on the benefit in person: then the family may be
elsewhere as (
    select undeclared.*
    from undeclared
    left join enrolments on undeclared.relative_id_number = enrolments.id_number
    where enrolments.id_number is null
),

members as (
    select
        members.id_number,
        members.full_name,
        members.household_no,
        members.benefit_type,
        words.kin,
        members.feed_id,
        members.batch_id,
        members.row_no
    from {{ ref('int_enrolment') }} as members
    inner join {{ ref('kin_words') }} as words on members.relation_to_head = words.relation_to_head
),

household_kin as (
    select
        own.id_number,
        elsewhere.staff_id,
        elsewhere.relative_id_number,
        'household' as kin_by,
        {{ names_agree('elsewhere.relative_name', 'kin.full_name') }} as names_agree,
        kin.feed_id,
        kin.batch_id,
        kin.row_no
    from elsewhere
    inner join members as kin on elsewhere.relative_id_number = kin.id_number
    inner join members as own
        on
            kin.benefit_type = own.benefit_type
            and kin.household_no = own.household_no
            and kin.id_number <> own.id_number
            and (
                (kin.kin = 'head' and own.kin <> 'head')
                or (kin.kin <> 'head' and own.kin = 'head')
                or (kin.kin = 'spouse' and own.kin = 'child')
                or (kin.kin = 'child' and own.kin = 'spouse')
            )
),

kin as (
    select * from household_kin

    union all

    select
        marriages.id_number,
        elsewhere.staff_id,
        elsewhere.relative_id_number,
        'marriage' as kin_by,
        {{ names_agree('elsewhere.relative_name', 'marriages.spouse_name') }} as names_agree,
        marriages.feed_id,
        marriages.batch_id,
        marriages.row_no
    from elsewhere
    inner join {{ ref('int_marriage') }} as marriages
        on
            elsewhere.relative_id_number = marriages.spouse_id_number
            and marriages.is_latest
            and marriages.event_type = 'marriage'
),

applicants as (
    select
        applications.id_number,
        applications.full_name,
        applications.region_code,
        applications.application_id,
        applications.accepted_on,
        persons.person_id,
        applications.feed_id,
        cast(applications.batch_id as {{ text_type() }}) as batch_id,
        applications.row_no
    from {{ ref('stg_platform__application') }} as applications
    inner join {{ ref('dim_person_alias') }} as persons on applications.id_number = persons.id_number
    left join enrolments on applications.id_number = enrolments.id_number
    where
        applications.matter = 'dibao'
        and applications.status = 'open'
        and applications.accepted_on <= {{ as_of() }}
        and enrolments.id_number is null
),

agreed_steps as (
    select
        applications.household_id as household_no,
        steps.application_id,
        steps.step_no,
        steps.staff_id,
        case when cast(steps.finished_at as date) <= {{ as_of() }} then cast(steps.finished_at as date) end
            as agreed_on,
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
    undeclared.gap as sub_type,
    case undeclared.gap when 'not_filed' then 1 else 2 end as sub_type_rank,
    concat('record:', undeclared.staff_id) as event_key,
    {{ bears_name('enrolments', 'undeclared.relative_name') }} as names_agree,
    {{ overlap_columns('enrolments') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ staff_record_evidence('undeclared') }} as fact_evidence
from enrolments
inner join undeclared on enrolments.id_number = undeclared.relative_id_number

union all

select
    {{ enrolment_columns('enrolments') }},
    'kin' as sub_type,
    4 as sub_type_rank,
    concat('record:', elsewhere.staff_id) as event_key,
    kin.names_agree,
    {{ overlap_columns('enrolments') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ staff_record_evidence('elsewhere') }} as fact_evidence
from enrolments
inner join kin on enrolments.id_number = kin.id_number
inner join elsewhere
    on kin.relative_id_number = elsewhere.relative_id_number and kin.staff_id = elsewhere.staff_id

union all

select
    {{ enrolment_columns('enrolments') }},
    'kin' as sub_type,
    4 as sub_type_rank,
    concat('record:', kin.staff_id) as event_key,
    kin.names_agree,
    {{ overlap_columns('enrolments') }},
    {{ overpaid_is_not_said() }},
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    {{ fact_evidence('kin', {'kin_by': 'kin.kin_by'}, role='kinship') }} as fact_evidence
from enrolments
inner join kin on enrolments.id_number = kin.id_number

union all

select
    cast(null as {{ text_type() }}) as enrolment_id,
    'dibao' as benefit_type,
    1 as benefit_rank,
    applicants.accepted_on as start_date,
    applicants.person_id,
    applicants.id_number,
    applicants.full_name,
    applicants.region_code,
    'applicant' as sub_type,
    5 as sub_type_rank,
    concat('record:', undeclared.staff_id) as event_key,
    {{ names_agree('applicants.full_name', 'undeclared.relative_name') }} as names_agree,
    cast(null as date) as overlap_from,
    cast(null as date) as overlap_until,
    {{ overpaid_is_not_said() }},
    {{ fact_evidence('applicants', {
        'application_id': 'applicants.application_id',
        'accepted_on': 'applicants.accepted_on',
    }, role='application') }} as benefit_evidence,
    {{ staff_record_evidence('undeclared') }} as fact_evidence
from applicants
inner join undeclared on applicants.id_number = undeclared.relative_id_number

union all

select
    {{ enrolment_columns('enrolments') }},
    'own_approval' as sub_type,
    3 as sub_type_rank,
    concat('approval:', relatives.staff_id) as event_key,
    {{ bears_name('enrolments', 'relatives.relative_name') }} as names_agree,
    {{ overlap_columns('enrolments', 'agreed_steps.agreed_on') }},
    {{ overpaid_is_not_said() }},
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
