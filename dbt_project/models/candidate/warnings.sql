{{ config(indexes=[{'columns': ['warning_id'], 'unique': True}]) }}

{% set rules = [
    'age_band', 'business_owner', 'death', 'duplicate_benefit', 'hukou', 'imprisoned', 'overdue_task',
    'overdue_task__warnings', 'soc_org_annual',
    'insider_relative', 'disability_cert', 'marriage_change', 'income_change', 'review_due',
] -%}
{% for rule in rules %}
select
    warning_id,
    rule_id,
    rule_name_zh,
    severity,
    handler_level,
    subject_type,
    subject_id,
    id_number,
    full_name,
    region_code,
    sub_type,
    confidence,
    event_key,
    due_on,
    evidence,
    as_of
from {{ ref('wrn_' ~ rule) }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
