{# The models wrn_<name> that make up the warnings: a new rule is named here and nowhere else. #}
{% macro built_rules() -%}
{{ return([
    'age_band', 'business_owner', 'death', 'disability_cert', 'duplicate_benefit', 'elder_occupancy',
    'elder_occupancy_homes', 'financial_asset', 'funeral_subsidy', 'hukou', 'imprisoned', 'income_change',
    'insider_relative', 'marriage_change', 'overdue_task', 'payment_anomaly', 'payment_anomaly_streets',
    'provident_fund', 'real_estate', 'review_due', 'soc_org_annual', 'vehicle',
]) }}
{%- endmacro %}

{# The models chk_<name> that make up the cross-check hits: a new cross-check is named here and nowhere else. #}
{% macro built_checks() -%}
{{ return([
    'business_owner', 'dead', 'duplicate', 'imprisoned', 'insider_relative', 'non_local_hukou', 'over_age',
]) }}
{%- endmacro %}

{# The columns every rule hands on, as candidate.warnings promises them. #}
{% macro warning_columns() -%}
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
{%- endmacro %}
