{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- Every version of the cases in which a registry has written more than one name.
{%- set cases = [
    ('civil_affairs__dibao', 'member_id'),
    ('civil_affairs__low_income', 'member_id'),
    ('civil_affairs__tekun', 'case_id'),
    ('civil_affairs__orphan', 'case_id'),
    ('civil_affairs__disability_allowance', 'case_id'),
    ('civil_affairs__elder_care__old_age_allowance', 'case_id'),
] %}

with versions as (
    {% for table, key in cases -%}
    select
        concat(batches.feed_id, ':', case_rows.{{ key }}) as enrolment_id,
        case_rows.id_number,
        case_rows.full_name,
        case_rows.updated_at,
        batches.feed_id,
        case_rows.batch_id,
        case_rows.row_no
    from {{ source('civil_affairs', table) }} as case_rows
    inner join {{ ref('stg_current_batches') }} as batches on case_rows.batch_id = batches.batch_id
    where case_rows.operation <> 'delete'
    {% if not loop.last %}union all{% endif %}
    {% endfor -%}
),

renamed as (
    select enrolment_id from versions
    group by enrolment_id
    having min(full_name) <> max(full_name)
)

select
    versions.enrolment_id,
    versions.id_number,
    versions.full_name,
    versions.updated_at,
    versions.feed_id,
    cast(versions.batch_id as {{ text_type() }}) as batch_id,
    versions.row_no
from versions
inner join renamed on versions.enrolment_id = renamed.enrolment_id
