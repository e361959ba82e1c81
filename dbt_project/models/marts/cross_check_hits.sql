{{ config(indexes=[{'columns': ['hit_id'], 'unique': True}]) }}

{% for check in built_checks() %}
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
