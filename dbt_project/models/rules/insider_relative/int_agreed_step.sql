-- Steps of applications for dibao that a member of staff agreed to. If an application names no household, it is that of
-- the applicant's running benefit. agreed_on is empty if the step has no day, or a day in the future.
select
    steps.application_id,
    steps.step_no,
    steps.staff_id,
    coalesce(applications.household_id, enrolments.household_no) as household_no,
    case when cast(steps.finished_at as date) <= {{ as_of() }} then cast(steps.finished_at as date) end
        as agreed_on,
    steps.feed_id,
    cast(steps.batch_id as {{ text_type() }}) as batch_id,
    steps.row_no
from {{ ref('stg_platform__approval_step') }} as steps
inner join {{ ref('stg_platform__application') }} as applications
    on steps.application_id = applications.application_id and applications.matter = 'dibao'
left join {{ ref('int_insider_enrolment') }} as enrolments
    on applications.id_number = enrolments.id_number and applications.household_id is null
where steps.result = 'agreed'
