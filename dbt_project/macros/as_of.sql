{# The business date everything is computed for. The clock is an input: nothing asks for today. #}
{% macro as_of() -%}
    cast('{{ as_of_text() }}' as date)
{%- endmacro %}

{% macro as_of_text() -%}
    {{ var('as_of', env_var('AS_OF', '2020-05-12')) }}
{%- endmacro %}
