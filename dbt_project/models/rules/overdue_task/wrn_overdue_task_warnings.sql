{{ config(materialized='view') }}

-- The other half of overdue_task: a warning nobody has dealt with by its own limit. It goes to the level
-- above the one that had it, with the same evidence and no surer, and ends with the warning or with its situation.
-- An application past its limit is reported as such already, not twice. The state is that of the last publication; a
-- warning that becomes graver today gets a later limit with the next one, so it is none: a second build of the day says
-- the same.
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
