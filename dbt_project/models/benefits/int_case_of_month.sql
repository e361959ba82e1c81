{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- Cases that run on the first of a month, with the facts that decide their amount. A suspended case is not due. Nor is
-- a case that was stopped on a day the registry does not name: no payment is expected for it.
{%- set members = 'count(*) over (partition by cases.household_id, months.pay_month)' %}
{%- set registries = [
    {'table': 'dibao', 'key': 'member_id', 'benefit': "'dibao'", 'class': 'cases.standard_class'},
    {'table': 'tekun', 'key': 'case_id', 'benefit': "'tekun'", 'class': 'cases.standard_class'},
    {'table': 'orphan', 'key': 'case_id', 'benefit': "'orphan'", 'class': 'cases.support_form'},
    {'table': 'disability_allowance', 'key': 'case_id', 'class': "'all'",
     'benefit': "case when cases.allowance_type = 'living' then 'disability_living' else 'disability_care' end"},
    {'table': 'elder_care__old_age_allowance', 'key': 'case_id', 'benefit': "'old_age'", 'class': 'cases.age_band'},
] %}
{% for registry in registries -%}
{%- set is_dibao, is_tekun = registry.table == 'dibao', registry.table == 'tekun' %}
select
    concat(cases.feed_id, ':', cases.{{ registry.key }}) as enrolment_id,
    cases.id_number,
    {{ registry.benefit }} as benefit_type,
    months.pay_month,
    {{ registry.class }} as rate_class,
    cast({{ 'cases.support_form' if is_tekun else 'null' }} as {{ text_type() }}) as support_form,
    cast({{ 'cases.household_income' if is_dibao else 'null' }} as numeric(14, 2)) as household_income,
    cast({{ members if is_dibao else 'null' }} as {{ int_type() }}) as member_count,
    cast({{ 'cases.household_id' if is_dibao else 'null' }} as {{ text_type() }}) as household_id,
    cast({{ 'cases.case_kind' if is_dibao else 'null' }} as {{ text_type() }}) as case_kind,
    cast({{ 'cases.family_size' if is_dibao else 'null' }} as {{ int_type() }}) as family_size,
    cast({{ 'cases.monthly_amount' if is_dibao else 'null' }} as numeric(14, 2)) as registered_amount,
    cast({{ 'cases.uplift_percent' if is_dibao else 'null' }} as numeric(9, 2)) as registered_uplift_percent,
    cast({{ 'cases.care_amount' if is_tekun else 'null' }} as numeric(14, 2)) as registered_care_amount,
    cast({{ 'cases.last_review_on' if is_dibao else 'null' }} as date) as last_review_on,
    cast({{ 'cases.category' if is_dibao else 'null' }} as {{ text_type() }}) as category,
    cast({{ 'cases.ability_tier' if is_tekun else 'null' }} as {{ text_type() }}) as ability_tier
from {{ ref('stg_civil_affairs__' ~ registry.table) }} as cases
cross join {{ ref('int_pay_month') }} as months
where
    cases.status in ('active', 'stopped')
    and cases.start_date <= months.pay_month
    and coalesce(cases.stop_date > months.pay_month, cases.status = 'active')
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
