{{ config(indexes=[]) }}

-- By when a warning that opens at the business date must be dealt with, for each severity: after a number of working
-- days. Some severities must be dealt with before the next pay-day, on the last working day before it at the latest; if
-- no working day is left before it, today. Beyond the end of the calendar, seven days count as five working days and
-- every day counts as a working day, so that a far date never stops a run.
with today as (
    select max(working_day_no) as working_day_no
    from {{ ref('int_working_day') }}
    where day <= {{ as_of() }}
),

parameters as (
    {{ parameters_of('payment_anomaly', ['pay_day']) }}
),

-- today's own pay-day is too late to look at anything before it
pay_days as (
    select min(days.pay_day) as next_pay_day
    from (
        select {{ add_days(month_start(as_of()), 'pay_day - 1') }} as pay_day from parameters
        union all
        select {{ add_days(month_start(add_days(month_start(as_of()), 31)), 'pay_day - 1') }} as pay_day from parameters
    ) as days
    where days.pay_day > {{ as_of() }}
),

last_days as (
    select
        coalesce(
            max(case when days.is_workday then days.day end),
            case when count(days.day) = 0 then {{ add_days('max(pay_days.next_pay_day)', -1) }} end,
            {{ as_of() }}
        ) as last_day
    from pay_days
    left join {{ ref('int_working_day') }} as days on days.day > {{ as_of() }} and days.day < pay_days.next_pay_day
),

counted as (
    select
        severities.severity,
        severities.due_working_days,
        severities.is_before_pay_day,
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
    where {{ in_force('severities', as_of()) }}
    group by severities.severity, severities.due_working_days, severities.is_before_pay_day
)

select
    counted.severity,
    counted.due_working_days,
    case when counted.is_before_pay_day then least(counted.due_on, last_days.last_day) else counted.due_on end as due_on
from counted
cross join last_days
