{{ config(materialized='view') }}

-- Working days count from the day after acceptance up to and including the business date. The limit is the one in force
-- on the day of acceptance. The evidence names the day on which the limit is reached, not the days gone by: evidence
-- must not change from day to day while the situation is the same.
with parameters as (
    {{ parameters_of('overdue_task', ['remind_working_days']) }}
),

calendar as (
    select
        min(day) as first_day,
        max(case when day <= {{ as_of() }} then working_day_no end) as working_day_no
    from {{ ref('int_working_day') }}
),

applications as (
    select
        applications.*,
        limits.working_days,
        reached.day as limit_reached_on,
        calendar.working_day_no - accepted.working_day_no as elapsed
    from {{ ref('stg_platform__application') }} as applications
    inner join {{ ref('service_limits') }} as limits
        on applications.matter = limits.matter and {{ in_force('limits', 'applications.accepted_on') }}
    cross join calendar
    inner join {{ ref('int_working_day') }} as accepted
        on accepted.day = greatest(applications.accepted_on, calendar.first_day)
    left join {{ ref('int_working_day') }} as reached
        on reached.is_workday and reached.working_day_no = accepted.working_day_no + limits.working_days
    where applications.status = 'open' and applications.accepted_on <= {{ as_of() }}
),

late as (
    select
        applications.*,
        case when applications.elapsed > applications.working_days then 'overdue' else 'remind' end as sub_type
    from applications
    cross join parameters
    where applications.elapsed >= applications.working_days - parameters.remind_working_days
)

select
    md5(concat('overdue_task|', late.application_id, '|task')) as warning_id,
    rules.rule_id,
    rules.name_zh as rule_name_zh,
    sub_types.severity,
    coalesce(late.current_level, rules.handler_level) as handler_level,
    rules.subject_type,
    late.application_id as subject_id,
    late.id_number,
    late.full_name,
    late.region_code,
    late.sub_type,
    'confirmed' as confidence,
    'task' as event_key,
    due.due_on,
    {{ json_list_of(fact_evidence('late', {
        'matter': 'late.matter',
        'accepted_on': 'late.accepted_on',
        'current_step': 'late.current_step',
        'limit_working_days': 'late.working_days',
        'limit_reached_on': 'late.limit_reached_on',
    })) }} as evidence,
    {{ as_of() }} as as_of
from late
inner join {{ ref('rules') }} as rules on rules.rule_id = 'overdue_task'
inner join {{ ref('rule_sub_types') }} as sub_types
    on sub_types.rule_id = rules.rule_id and late.sub_type = sub_types.sub_type
inner join {{ ref('int_due_date') }} as due on sub_types.severity = due.severity
