{{ config(indexes=[{'columns': ['warning_id'], 'unique': True}]) }}

-- What the rules find in the facts; what is overdue among it is a rule of its own (wrn_overdue_task_warnings).
{% for rule in built_rules() -%}
select
    {{ warning_columns() }}
from {{ ref('wrn_' ~ rule) }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
