{#
  Evidence as JSON. On PostgreSQL jsonb; elsewhere text holding the same JSON, so two engines are
  compared as parsed JSON, never as text. Empty fields are left out on both.
#}

{# fields: mapping of key -> SQL expression #}
{% macro json_object(fields) -%}{{ return(adapter.dispatch('json_object')(fields)) }}{%- endmacro %}
{% macro default__json_object(fields) -%}
to_json(named_struct({% for key, value in fields.items() %}'{{ key }}', {{ value }}{% if not loop.last %}, {% endif %}{% endfor %}))
{%- endmacro %}
{% macro postgres__json_object(fields) -%}
jsonb_strip_nulls(jsonb_build_object({% for key, value in fields.items() %}'{{ key }}', {{ value }}{% if not loop.last %}, {% endif %}{% endfor %}))
{%- endmacro %}

{# a JSON list of the distinct JSON objects of a group, in a fixed order: the same list whatever the plan #}
{% macro json_list(item) -%}{{ return(adapter.dispatch('json_list')(item)) }}{%- endmacro %}
{% macro default__json_list(item) -%}
concat('[', array_join(sort_array(collect_set({{ item }})), ','), ']')
{%- endmacro %}
{% macro postgres__json_list(item) -%}
jsonb_agg(distinct {{ item }} order by {{ item }})
{%- endmacro %}

{# a JSON list with one object #}
{% macro json_list_of(item) -%}{{ return(adapter.dispatch('json_list_of')(item)) }}{%- endmacro %}
{% macro default__json_list_of(item) -%}concat('[', {{ item }}, ']'){%- endmacro %}
{% macro postgres__json_list_of(item) -%}jsonb_build_array({{ item }}){%- endmacro %}

{% macro json_type() -%}{{ return(adapter.dispatch('json_type')()) }}{%- endmacro %}
{% macro default__json_type() -%}string{%- endmacro %}
{% macro postgres__json_type() -%}jsonb{%- endmacro %}
