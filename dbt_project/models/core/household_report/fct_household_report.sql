{{ config(
    indexes=[{'columns': ['household_id']}, {'columns': ['region_code']}],
    post_hook=["{{ analyse(this) }}", "{{ report_function() }}"],
) }}

-- The household economic report of every family whose check is due. A person without an open authorisation is not in
-- it.
with due as (
    select household_id from {{ ref('dim_report_member') }}
    where check_due_on <= {{ as_of() }}
    group by household_id
),

lines as (
    {{ report_lines(
        "select household_id, id_number, full_name, scope, benefit_type, standard_class from "
        ~ ref('dim_report_member') ~ " where household_id in (select household_id from due)",
        "select * from " ~ ref('fct_source_fact') ~ " where id_number in (select id_number from members)"
    ) | indent(4) }}
),

families as (
    select
        household_id,
        min(region_code) as region_code,
        min(benefit_type) as benefit_type
    from {{ ref('dim_report_member') }}
    group by household_id
)

select
    lines.*,
    families.region_code,
    families.benefit_type,
    {{ as_of() }} as as_of
from lines
inner join families on lines.household_id = families.household_id
