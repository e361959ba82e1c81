{#
  What a build is about to make again is no longer what `ops.built_relations` says of it. Whoever builds records it
  afterwards (hub/build). So a table that dbt made by hand, or half, is never taken for one that is up to date.
#}
{% macro forget_built(selected) -%}
{%- if execute and flags.WHICH in ('run', 'build', 'seed') and selected -%}{{ forget(selected) }}{%- endif -%}
{%- endmacro %}
