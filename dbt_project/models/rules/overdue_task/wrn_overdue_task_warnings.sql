{{ config(materialized='view') }}

-- The second part of overdue_task: a warning that nobody has dealt with by its own limit. It goes to the level above,
-- with the same evidence and the same confidence, and ends with the warning or with its situation. An application past
-- its limit is not reported a second time. The status is that of the last publication. A warning that becomes more
-- serious today gets a later limit at the next publication, so it is not overdue: a second build of the same day gives
-- the same rows.
with found as (
    select * from {{ ref('int_found_warning') }}
    where rule_id <> 'overdue_task'
)

select
    md5(concat('overdue_task|', found.warning_id, '|warning')) as warning_id,
    rules.rule_id,
    rules.name_zh as rule_name_zh,
    sub_types.severity,
    case found.handler_level
        when 'community' then 'street'
        when 'street' then 'district'
        else 'city'
    end as handler_level,
    'warning' as subject_type,
    found.warning_id as subject_id,
    found.id_number,
    found.full_name,
    found.region_code,
    sub_types.sub_type,
    found.confidence,
    'warning' as event_key,
    due.due_on,
    found.evidence,
    {{ as_of() }} as as_of
from found
inner join {{ source('published', 'warnings') }} as published on found.warning_id = published.warning_id
inner join {{ ref('rules') }} as rules on rules.rule_id = 'overdue_task'
inner join {{ ref('rule_sub_types') }} as sub_types
    on sub_types.rule_id = rules.rule_id and sub_types.sub_type = 'warning_overdue'
inner join {{ ref('int_due_date') }} as due on sub_types.severity = due.severity
left join {{ ref('severities') }} as found_as
    on found.severity = found_as.severity and {{ in_force('found_as', as_of()) }}
left join {{ ref('severities') }} as known_as
    on published.severity = known_as.severity and {{ in_force('known_as', as_of()) }}
where
    {{ is_open('published') }}
    and published.due_on < {{ as_of() }}
    and (found_as.rank is null or known_as.rank is null or found_as.rank >= known_as.rank)
