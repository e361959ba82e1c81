{{ config(indexes=[{'columns': ['id_number']}, {'columns': ['household_id']}]) }}

-- Members of families on a benefit, and until when the office knows their marriages: the last review that has taken
-- place, else the day the benefit began.
select
    members.enrolment_id,
    members.benefit_type,
    members.benefit_rank,
    members.person_id,
    members.id_number,
    members.full_name,
    members.former_names,
    members.region_code,
    members.start_date,
    members.stop_date,
    members.feed_id,
    members.raw_table,
    members.batch_id,
    members.row_no,
    cases.household_id,
    {{ known_until('cases.last_review_on', 'members.start_date') }} as known_until
from {{ ref('int_active_enrolment') }} as members
{{ only_benefits_of('marriage_change', 'members') }}
inner join {{ ref('fct_enrolment') }} as cases on members.enrolment_id = cases.enrolment_id
