{{ config(indexes=[{'columns': ['id_number']}, {'columns': ['person_id']}]) }}

-- The benefits that run at the business date: every rule about a person starts here.
select
    enrolments.enrolment_id,
    enrolments.benefit_type,
    benefits.rank as benefit_rank,
    enrolments.person_id,
    enrolments.id_number,
    enrolments.full_name,
    former.former_names,
    enrolments.region_code,
    enrolments.household_no,
    enrolments.start_date,
    enrolments.stop_date,
    enrolments.person_class,
    enrolments.school_until,
    persons.birth_date,
    enrolments.feed_id,
    case when benefits.raw_table <> enrolments.feed_id then benefits.raw_table end as raw_table,
    enrolments.batch_id,
    enrolments.row_no
from {{ ref('fct_enrolment') }} as enrolments
inner join {{ ref('benefits') }} as benefits on enrolments.benefit_type = benefits.benefit_type
inner join {{ ref('dim_person') }} as persons on enrolments.person_id = persons.person_id
left join {{ ref('int_former_name') }} as former on enrolments.id_number = former.id_number
where enrolments.is_active
