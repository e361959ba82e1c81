{# A dated row of a seed holds on a day: from its first day on, until the day it ends on, which is no longer in it. #}
{% macro in_force(row, day) -%}
{{ row }}.from_date <= {{ day }} and ({{ row }}.until_date is null or {{ row }}.until_date > {{ day }})
{%- endmacro %}

{# One row with the parameters of a rule in force at the business date, a column each (whole numbers). #}
{% macro parameters_of(rule_id, names) -%}
select
    {%- for name in names %}
    max(case when dated.parameter = '{{ name }}' then dated.value end) as {{ name }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('rule_parameters') }} as dated
where dated.rule_id = '{{ rule_id }}' and {{ in_force('dated', as_of()) }}
{%- endmacro %}

{# One parameter of a rule in force at the business date, as a scalar query. #}
{% macro parameter_of(rule_id, name) -%}
(select p.value from {{ ref('rule_parameters') }} as p
 where p.rule_id = '{{ rule_id }}' and p.parameter = '{{ name }}' and {{ in_force('p', as_of()) }})
{%- endmacro %}

{# Keeps of benefits those that a rule looks at on the business date. #}
{% macro only_benefits_of(rule_id, benefits) -%}
inner join {{ ref('rule_benefits') }} as covered
    on
        covered.rule_id = '{{ rule_id }}'
        and {{ benefits }}.benefit_type = covered.benefit_type
        and {{ in_force('covered', as_of()) }}
{%- endmacro %}
