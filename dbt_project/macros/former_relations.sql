{#
  After a build of everything: drops the tables and views of our names that no model makes any more, so that a database
  built by an earlier tree keeps nothing that looks alive and is stale. A build of a part, or one in which something
  failed, drops nothing: what stands may still be read (core.report_lines reads until it is made anew).
#}
{% macro drop_former_relations(results) -%}
{%- if execute and flags.WHICH in ('run', 'build') -%}
{%- set built = [] -%}
{%- for result in results if result.status in ('success', 'pass') -%}{%- do built.append(result.node.unique_id) -%}{%- endfor -%}
{%- set made = [] -%}
{%- set missing = [] -%}
{%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized != 'ephemeral' -%}
{%- do made.append(node.schema ~ '.' ~ node.alias) -%}
{%- if node.unique_id not in built -%}{%- do missing.append(node.unique_id) -%}{%- endif -%}
{%- endfor -%}
{%- if not missing -%}
{%- for schema in ('core', 'candidate', 'work') -%}
{%- for found in list_relations_without_caching(api.Relation.create(database=target.database, schema=schema)) -%}
{%- set of = schema ~ '.' ~ (found['name'] | replace('_masked', '')) -%}
{%- if found['name'].split('_')[0] in ('int', 'wrn', 'chk', 'dim', 'fct') and of not in made -%}
{%- set former = api.Relation.create(
    database=target.database, schema=schema, identifier=found['name'], type=found['type']
) -%}
{%- do log('drop ' ~ former ~ ': no model makes it any more', info=true) -%}
{{ patiently(get_drop_sql(former), former) }};
{% endif -%}
{%- endfor -%}
{%- endfor -%}
{%- endif -%}
{%- endif -%}
{%- endmacro %}
