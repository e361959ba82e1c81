{#
  The name of a relation. The latest version of a model bears the plain name, which readers and grants know; an older
  one, kept while readers move on, is <name>_v<version>.
#}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if custom_alias_name -%} {{ custom_alias_name | trim }}
    {%- elif node.version and node.version != node.latest_version -%} {{ node.name ~ "_v" ~ node.version }}
    {%- else -%} {{ node.name }}
    {%- endif -%}
{%- endmacro %}
