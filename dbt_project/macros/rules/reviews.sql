{# The day up to which the office knows a family: the last review that has taken place, else the day the benefit began. #}
{% macro known_until(last_review_on, start_date) -%}
case when {{ last_review_on }} <= {{ as_of() }} then {{ last_review_on }} else {{ start_date }} end
{%- endmacro %}
