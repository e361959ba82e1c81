{{ config(materialized='view', post_hook='') }}

-- What each source says about a person, a row per fact: who owns, earns, draws, serves or lives where. The rows are
-- those of the sources as they are now, found by the indexes of the staging tables; people whom no other table of the
-- hub knows are among them. A file in sources/ holds one department.
-- speaks: true where the fact speaks against a means-tested benefit, false where it was looked at and does not, null
-- where it is only noted. The conditions are those of the rules (macros/rules/conditions.sql).
{% for department in [
    'civil_affairs', 'benefits', 'disabled_federation', 'finance', 'housing',
    'market_regulation', 'provident_fund', 'public_security', 'social_security',
] -%}
select
    id_number,
    full_name,
    feed_id,
    item,
    value,
    amount,
    threshold,
    debits,
    income,
    fact_date,
    speaks,
    unit_no,
    owner_share,
    batch_id,
    row_no
from {{ ref('int_report_' ~ department) }}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
