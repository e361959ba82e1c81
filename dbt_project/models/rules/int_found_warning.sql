{{ config(indexes=[{'columns': ['warning_id'], 'unique': True}]) }}

-- All warnings that the rules find in the facts. Those of them that are overdue are a rule of its own
-- (wrn_overdue_task_warnings), which is added afterwards.
{% for rule in built_rules() -%}
select
    {{ warning_columns() }}
from {{ ref('wrn_' ~ rule) }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
