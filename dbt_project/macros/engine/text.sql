{# distinct texts of a group in code-point order, with a comma between #}
{% macro text_list(item) -%}{{ return(adapter.dispatch('text_list')(item)) }}{%- endmacro %}
{% macro default__text_list(item) -%}array_join(sort_array(collect_set({{ item }})), ','){%- endmacro %}
{% macro postgres__text_list(item) -%}
string_agg(distinct {{ item }} collate "C", ',' order by {{ item }} collate "C")
{%- endmacro %}

{#
  The smallest `value` of a group by (rank, value): the first choice without a window.
  rank: whole number 0..999999.
#}
{% macro first_by_rank(value, rank) -%}
substr(min({{ adapter.dispatch('ranked_text')(value, rank) }}), 7)
{%- endmacro %}
{% macro default__ranked_text(value, rank) -%}
concat(lpad(cast({{ rank }} as string), 6, '0'), {{ value }})
{%- endmacro %}
{% macro postgres__ranked_text(value, rank) -%}
(lpad(cast({{ rank }} as text), 6, '0') || {{ value }}) collate "C"
{%- endmacro %}
