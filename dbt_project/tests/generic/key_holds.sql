{#
  One read instead of one per column: the rows where the key is not there, or is there twice.
  unique_columns: may hold nulls (a null is a value here); required_columns: may not.
#}
{% test key_holds(model, unique_columns=[], required_columns=[]) %}
{%- set problems = [] -%}
{%- if required_columns -%}
    {%- set problem -%}
select 'a key column is empty' as problem
from {{ model }}
where {% for name in required_columns %}{{ name }} is null{% if not loop.last %} or {% endif %}{% endfor %}
    {%- endset -%}
    {%- do problems.append(problem) -%}
{%- endif -%}
{%- if unique_columns -%}
    {%- set problem -%}
select 'a key occurs twice' as problem
from {{ model }}
group by {{ unique_columns | join(', ') }}
having count(*) > 1
    {%- endset -%}
    {%- do problems.append(problem) -%}
{%- endif -%}
{{ problems | join('\nunion all\n') }}
{% endtest %}
