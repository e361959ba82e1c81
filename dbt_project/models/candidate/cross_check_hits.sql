{{ config(indexes=[{'columns': ['hit_id'], 'unique': True}]) }}

{% set checks = [
    'business_owner', 'dead', 'duplicate', 'imprisoned', 'insider_relative', 'non_local_hukou', 'over_age',
] -%}
{% for check in checks %}
select
    hit_id,
    check_id,
    check_name_zh,
    person_id,
    id_number,
    full_name,
    enrolment_id,
    benefit_type,
    region_code,
    sub_type,
    confidence,
    overlap_from,
    overlap_until,
    overpaid_months,
    overpaid_amount,
    evidence,
    as_of
from {{ ref('chk_' ~ check) }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
