{{ config(indexes=[{'columns': ['enrolment_id'], 'unique': True}, {'columns': ['household_id']}]) }}

select
    enrolments.enrolment_id,
    enrolments.household_id,
    persons.person_id,
    enrolments.relation_to_head,
    enrolments.is_active,
    enrolments.start_date,
    enrolments.stop_date,
    {{ as_of() }} as as_of
from {{ ref('int_enrolment') }} as enrolments
inner join {{ ref('dim_person_alias') }} as persons on enrolments.id_number = persons.id_number
where enrolments.household_id is not null
