{{ config(indexes=[{'columns': ['enrolment_id'], 'unique': True}, {'columns': ['person_id']}]) }}

select
    enrolments.enrolment_id,
    enrolments.benefit_type,
    persons.person_id,
    enrolments.id_number,
    enrolments.full_name,
    enrolments.household_id,
    enrolments.household_no,
    enrolments.region_code,
    enrolments.status,
    enrolments.person_class,
    enrolments.standard_class,
    cast(enrolments.monthly_amount as numeric(14, 2)) as monthly_amount,
    enrolments.is_active,
    enrolments.start_date,
    enrolments.stop_date,
    enrolments.school_until,
    enrolments.last_review_on,
    enrolments.review_due_on,
    enrolments.feed_id,
    enrolments.batch_id,
    enrolments.row_no,
    {{ as_of() }} as as_of
from {{ ref('int_enrolment') }} as enrolments
inner join {{ ref('dim_person_alias') }} as persons on enrolments.id_number = persons.id_number
