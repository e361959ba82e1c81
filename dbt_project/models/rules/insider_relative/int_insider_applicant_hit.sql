-- Favour cases among people who apply for dibao and are not on it yet: the applicant is a close relative of somebody
-- who decides, or that relative's spouse, parent or child, without a record or home visit; or the relative agreed to a
-- step in person.
with applicants as (
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
    left join {{ ref('int_insider_enrolment') }} as enrolments on applications.id_number = enrolments.id_number
    where
        applications.matter = 'dibao'
        and applications.status = 'open'
        and applications.accepted_on <= {{ as_of() }}
        and enrolments.id_number is null
),

relatives as (
    select * from {{ ref('int_staff_relative') }}
),

undeclared as (
    select * from relatives
    where is_watched and gap is not null
),

ways as (
    select
        applicants.application_id,
        'applicant' as sub_type,
        5 as sub_type_rank,
        concat('record:', undeclared.staff_id) as event_key,
        {{ names_agree('applicants.full_name', 'undeclared.relative_name') }} as names_agree,
        {{ staff_record_evidence('undeclared') }} as fact_evidence
    from applicants
    inner join undeclared on applicants.id_number = undeclared.relative_id_number

    union all

    select
        applicants.application_id,
        'applicant_kin' as sub_type,
        6 as sub_type_rank,
        concat('record:', undeclared.staff_id) as event_key,
        kin.names_agree,
        {{ staff_record_evidence('undeclared') }} as fact_evidence
    from applicants
    inner join {{ ref('int_insider_kin') }} as kin on applicants.id_number = kin.id_number
    inner join undeclared
        on kin.relative_id_number = undeclared.relative_id_number and kin.staff_id = undeclared.staff_id

    union all

    select
        applicants.application_id,
        'applicant_kin' as sub_type,
        6 as sub_type_rank,
        concat('record:', kin.staff_id) as event_key,
        kin.names_agree,
        {{ fact_evidence('kin', {'kin_by': 'kin.kin_by'}, role='kinship') }} as fact_evidence
    from applicants
    inner join {{ ref('int_insider_kin') }} as kin on applicants.id_number = kin.id_number

    union all

    select
        applicants.application_id,
        'own_approval' as sub_type,
        3 as sub_type_rank,
        concat('approval:', relatives.staff_id) as event_key,
        {{ names_agree('applicants.full_name', 'relatives.relative_name') }} as names_agree,
        {{ agreed_step_evidence('agreed') }} as fact_evidence
    from applicants
    inner join relatives on applicants.id_number = relatives.relative_id_number
    inner join {{ ref('int_agreed_step') }} as agreed
        on applicants.application_id = agreed.application_id and relatives.staff_id = agreed.staff_id
)

select
    -- no benefit runs yet: of two applications of one day, every build shows the first by number
    applicants.application_id as enrolment_id,
    'dibao' as benefit_type,
    1 as benefit_rank,
    applicants.accepted_on as start_date,
    applicants.person_id,
    applicants.id_number,
    applicants.full_name,
    applicants.region_code,
    ways.sub_type,
    ways.sub_type_rank,
    ways.event_key,
    ways.names_agree,
    {{ fact_evidence('applicants', {
        'application_id': 'applicants.application_id',
        'accepted_on': 'applicants.accepted_on',
    }, role='application') }} as benefit_evidence,
    ways.fact_evidence
from applicants
inner join ways on applicants.application_id = ways.application_id
