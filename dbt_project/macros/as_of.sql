{# The business date everything is computed for. The clock is an input: nothing asks for today. #}
{% macro as_of() -%}
    cast('{{ as_of_text() }}' as date)
{%- endmacro %}

{# From the environment (AS_OF), and read only when SQL is made: if the value changed while parsing, or came with
   --vars, dbt would parse the whole project again every day. --vars works too, and wins over the environment. #}
{% macro as_of_text() -%}
    {{ var('as_of', none) or (env_var('AS_OF', '2020-05-12') if execute else '2020-05-12') }}
{%- endmacro %}
