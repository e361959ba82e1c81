{#
  A table that others read is replaced by renaming. The lock for it is asked for in short tries with pauses
  (`ops.run_patiently`), so that one reader who is idle in a transaction keeps neither the build nor the
  other readers waiting without end. These stand in for dbt's own macros of the same names.
#}
{% macro patiently(change, relation) -%}{{ return(adapter.dispatch('patiently')(change, relation)) }}{%- endmacro %}
{% macro default__patiently(change, relation) -%}{{ return(change) }}{%- endmacro %}
{% macro postgres__patiently(change, relation) -%}
{%- set name = relation.include(database=false).render() -%}
{{ return("select ops.run_patiently('" ~ (change | trim | replace("'", "''")) ~ "', '" ~ name ~ "')") }}
{%- endmacro %}

{% macro postgres__rename_relation(from_relation, to_relation) -%}
{%- set name = adapter.quote_as_configured(to_relation.identifier, 'identifier') -%}
{%- call statement('rename_relation') -%}
{{ patiently('alter table ' ~ from_relation.render() ~ ' rename to ' ~ name, from_relation) }}
{%- endcall -%}
{%- endmacro %}

{% macro postgres__drop_relation(relation) -%}
{%- call statement('drop_relation', auto_begin=False) -%}
{{ patiently(get_drop_sql(relation), relation) }}
{%- endcall -%}
{%- endmacro %}

{% macro postgres__truncate_relation(relation) -%}
{%- call statement('truncate_relation') -%}
{{ patiently('truncate table ' ~ relation.render(), relation) }}
{%- endcall -%}
{%- endmacro %}
