{{ config(materialized='view') }}

-- The report about last year: reminded from the first date on, overdue from the deadline of its class on. Month and day
-- of a date are compared as MMDD.
with parameters as (
    {{ parameters_of('soc_org_annual', ['reminder_month_day', 'foundation_month_day', 'other_month_day']) }}
),

today as (
    select
        cast(extract(year from {{ as_of() }}) as {{ int_type() }}) - 1 as report_year,
        cast(
            100 * extract(month from {{ as_of() }}) + extract(day from {{ as_of() }}) as {{ int_type() }}
        ) as month_day
),

organisations as (
    select
        organisations.*,
        today.report_year,
        today.month_day,
        parameters.reminder_month_day,
        case
            when organisations.organisation_class = 'foundation' then parameters.foundation_month_day
            else parameters.other_month_day
        end as deadline_month_day
    from {{ ref('stg_civil_affairs__social_organisation') }} as organisations
    cross join today
    cross join parameters
    where
        organisations.state = 'active'
        and extract(year from organisations.registered_on) <= today.report_year
        and (
            coalesce(organisations.last_report_year, 0) < today.report_year
            or organisations.last_report_accepted_on is null
            or organisations.last_report_accepted_on > {{ as_of() }}
        )
),

late as (
    select
        *,
        case when month_day >= deadline_month_day then 'overdue' else 'reminder' end as sub_type,
        cast(report_year as {{ text_type() }}) as event_key
    from organisations
    where month_day >= reminder_month_day
)

select
    md5(concat('soc_org_annual|', late.uscc, '|', late.event_key)) as warning_id,
    rules.rule_id,
    rules.name_zh as rule_name_zh,
    sub_types.severity,
    case when late.region_code like '%00000000' then 'city' else rules.handler_level end as handler_level,
    rules.subject_type,
    late.uscc as subject_id,
    cast(null as {{ text_type() }}) as id_number,
    late.organisation_name as full_name,
    late.region_code,
    late.sub_type,
    'confirmed' as confidence,
    late.event_key,
    due.due_on,
    {{ json_list_of(fact_evidence('late', {
        'organisation_class': 'late.organisation_class',
        'report_year': 'late.report_year',
        'last_report_year': 'late.last_report_year',
        'last_report_accepted_on': 'late.last_report_accepted_on',
        'registered_on': 'late.registered_on',
    })) }} as evidence,
    {{ as_of() }} as as_of
from late
inner join {{ ref('rules') }} as rules on rules.rule_id = 'soc_org_annual'
inner join {{ ref('rule_sub_types') }} as sub_types
    on sub_types.rule_id = rules.rule_id and late.sub_type = sub_types.sub_type
inner join {{ ref('int_due_date') }} as due on sub_types.severity = due.severity
