{# The hook of every table: a view has no planner figures of its own. #}
{% macro analyse_table() -%}{% if model.config.materialized != 'view' %}{{ analyse(this) }}{% endif %}{%- endmacro %}

{# planner figures, at once: the next model reads this table a moment later #}
{% macro analyse(relation) -%}{{ return(adapter.dispatch('analyse')(relation)) }}{%- endmacro %}
{% macro default__analyse(relation) -%}analyze table {{ relation }} compute statistics{%- endmacro %}
{% macro postgres__analyse(relation) -%}analyze {{ relation }}{%- endmacro %}

{# the batches that make up the state at a business date: feed_id, batch_id, as_of, mode, rows_changed_at #}
{% macro current_batches(day) -%}{{ return(adapter.dispatch('current_batches')(day)) }}{%- endmacro %}
{% macro default__current_batches(day) -%}
select feed_id, batch_id, as_of, mode, rows_changed_at from ops.current_batches where valid_for = {{ day }}
{%- endmacro %}
{% macro postgres__current_batches(day) -%}
select feed_id, batch_id, as_of, mode, rows_changed_at from ops.current_batches({{ day }})
{%- endmacro %}

{# the stable, keyed name of a person outside the identity columns #}
{% macro person_key(id_number) -%}{{ return(adapter.dispatch('person_key')(id_number)) }}{%- endmacro %}
{% macro default__person_key(id_number) -%}
sha2(concat('{{ env_var("HUB_PERSON_KEY", "") }}', {{ id_number }}), 256)
{%- endmacro %}
{% macro postgres__person_key(id_number) -%}core.person_key({{ id_number }}){%- endmacro %}

{# Whether a published warning still waits for its end. On PostgreSQL the database says it, for dbt as for all others. #}
{% macro is_open(warnings) -%}{{ return(adapter.dispatch('is_open')(warnings)) }}{%- endmacro %}
{% macro default__is_open(warnings) -%}{{ warnings }}.status in ('open', 'acknowledged', 'verifying'){%- endmacro %}
{% macro postgres__is_open(warnings) -%}ops.is_open({{ warnings }}.status){%- endmacro %}

{# Takes nodes out of the record of what is built. #}
{% macro forget(nodes) -%}{{ return(adapter.dispatch('forget')(nodes)) }}{%- endmacro %}
{% macro default__forget(nodes) -%}{{ return('') }}{%- endmacro %}
{% macro postgres__forget(nodes) -%}
delete from ops.built_relations where node in ('{{ nodes | join("', '") }}')
{%- endmacro %}
