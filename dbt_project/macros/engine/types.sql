{# names of types that engines spell differently #}
{% macro text_type() -%}{{ return(adapter.dispatch('text_type')()) }}{%- endmacro %}
{% macro default__text_type() -%}string{%- endmacro %}
{% macro postgres__text_type() -%}text{%- endmacro %}

{% macro int_type() -%}{{ return(adapter.dispatch('int_type')()) }}{%- endmacro %}
{% macro default__int_type() -%}int{%- endmacro %}
{% macro postgres__int_type() -%}integer{%- endmacro %}
