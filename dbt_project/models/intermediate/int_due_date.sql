{{ config(indexes=[]) }}

-- When a warning that opens at the business date has to be dealt with, for each severity. Beyond the
-- end of the calendar seven days count as five working days, so that a far date never stops a run.
with today as (
    select max(working_day_no) as working_day_no
    from {{ ref('int_working_day') }}
    where day <= {{ as_of() }}
)

select
    severities.severity,
    severities.due_working_days,
    coalesce(
        min(days.day),
        {{ add_days(as_of(), 'ceil(max(severities.due_working_days) * 7.0 / 5.0)') }}
    ) as due_on
from {{ ref('severities') }} as severities
cross join today
left join {{ ref('int_working_day') }} as days
    on
        days.is_workday
        and days.day > {{ as_of() }}
        and days.working_day_no >= today.working_day_no + severities.due_working_days
group by severities.severity, severities.due_working_days
