{#
  How much two records agree, a comparison each; null where one of them does not say. The weight of each level is a row
  of the seed linkage_weights. The same levels stand in hub/linkage/model.py for Splink; a test compares the two.
#}

{# Positions at which two texts differ, of the first `longest`. #}
{% macro differing_characters(left, right, longest) -%}
(
    {%- for position in range(1, longest + 1) %}
    case when substr({{ left }}, {{ position }}, 1) = substr({{ right }}, {{ position }}, 1) then 0 else 1 end
    {%- if not loop.last %} +{% endif %}
    {%- endfor %}
)
{%- endmacro %}

{#
  Of two characters one is the surname: only names of three or more are alike with one of them wrong. Characters are
  compared one by one up to the 24th, as names_agree does.
#}
{% macro name_level(left, right) -%}
case
    when {{ left }} is null or {{ right }} is null then null
    when {{ left }} = {{ right }} then 'exact'
    when {{ names_agree(left, right, folded=false) }} then 'damaged'
    when
        length({{ left }}) = length({{ right }})
        and length({{ left }}) >= 3
        and substr({{ left }}, 25) = substr({{ right }}, 25)
        and {{ differing_characters(left, right, 24) }} = 1
        then 'one_character'
    else 'else'
end
{%- endmacro %}

{# slip: one digit, day for month, or the day before or after. #}
{% macro birth_date_level(left, right) -%}
{%- set one = iso_date(left) -%}
{%- set other = iso_date(right) -%}
case
    when {{ left }} is null or {{ right }} is null then null
    when {{ left }} = {{ right }} then 'exact'
    when {{ differing_characters(one, other, 10) }} = 1 then 'slip'
    when
        substr({{ one }}, 1, 4) = substr({{ other }}, 1, 4)
        and substr({{ one }}, 6, 2) = substr({{ other }}, 9, 2)
        and substr({{ one }}, 9, 2) = substr({{ other }}, 6, 2)
        then 'slip'
    when abs({{ days_between(left, right) }}) = 1 then 'slip'
    when substr({{ one }}, 1, 4) = substr({{ other }}, 1, 4) then 'year'
    else 'else'
end
{%- endmacro %}

{% macro sex_level(left, right) -%}
case
    when {{ left }} is null or {{ right }} is null then null
    when {{ left }} = {{ right }} then 'exact'
    else 'else'
end
{%- endmacro %}

{# Zeros stand for a community or a street that is not said. #}
{% macro region_level(left, right) -%}
case
    when {{ left }} is null or {{ right }} is null then null
    when
        {{ left }} = {{ right }} and substr({{ left }}, 7, 3) <> '000' and substr({{ left }}, 10) <> '000'
        then 'community'
    when substr({{ left }}, 1, 9) = substr({{ right }}, 1, 9) and substr({{ left }}, 7, 3) <> '000' then 'street'
    when substr({{ left }}, 1, 6) = substr({{ right }}, 1, 6) then 'district'
    else 'else'
end
{%- endmacro %}

{# What two records must share to be compared at all: block_rule, block_key and the record's own name, a row each. #}
{% macro block_keys(rows, record_id) -%}
{%- set street = 'substr(region_code, 1, 9)' -%}
select
    'birth_date' as block_rule,
    {{ iso_date('birth_date') }} as block_key,
    {{ record_id }} as record_id
from {{ rows }}
where birth_date is not null

union all

select
    'full_name' as block_rule,
    full_name as block_key,
    {{ record_id }} as record_id
from {{ rows }}
where full_name is not null

union all

select
    'year_and_street' as block_rule,
    concat(substr({{ iso_date('birth_date') }}, 1, 4), '|', {{ street }}) as block_key,
    {{ record_id }} as record_id
from {{ rows }}
where birth_date is not null and region_code is not null and substr(region_code, 7, 3) <> '000'
{%- endmacro %}

{# One row with the parameters of the linkage in force at the business date, a column each. #}
{% macro linkage_parameters_of(names) -%}
select
    {%- for name in names %}
    max(case when parameters.parameter = '{{ name }}' then parameters.value end) as {{ name }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('linkage_parameters') }} as parameters
where {{ in_force('parameters', as_of()) }}
{%- endmacro %}
