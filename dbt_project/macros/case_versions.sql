{#
  Every version of a case that a registry has delivered, without deletions: enrolment_id, id_number, full_name,
  updated_at, told_on (the day of the batch) and the row. Former numbers and names of a case say how a person was known.
#}
{% macro case_versions() -%}
{%- set cases = [
    ('civil_affairs__dibao', 'member_id'),
    ('civil_affairs__low_income', 'member_id'),
    ('civil_affairs__tekun', 'case_id'),
    ('civil_affairs__orphan', 'case_id'),
    ('civil_affairs__disability_allowance', 'case_id'),
    ('civil_affairs__elder_care__old_age_allowance', 'case_id'),
] -%}
{%- for table, key in cases %}
    select
        concat(batches.feed_id, ':', case_rows.{{ key }}) as enrolment_id,
        case_rows.id_number,
        case_rows.full_name,
        case_rows.updated_at,
        batches.as_of as told_on,
        batches.feed_id,
        case_rows.batch_id,
        case_rows.row_no
    from {{ source('civil_affairs', table) }} as case_rows
    inner join {{ ref('stg_current_batches') }} as batches on case_rows.batch_id = batches.batch_id
    where case_rows.operation <> 'delete'
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
{%- endmacro %}
