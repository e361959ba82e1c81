{#
  Staging tables live from build to build. `ops.applied_batches` says which batches each is made of; a build
  compares that with the batches that count now (`stg_current_batches`). In one transaction it deletes the rows that
  the difference touches, reads them again, and records the new state. Late, re-sent, held, released and replayed
  batches are all such differences: the order in which they came does not matter.

  An engine without this (see the dispatch) builds the whole table each time.
#}

{# Config of a table that is kept from build to build. definition: digest of what the model selects and how. #}
{% macro incremental_config(feed, table, key, mode, definition, columns) -%}
{#- a person is looked for by number in every table that has one: the report at intake -#}
{%- set indexes = [{'columns': key}, {'columns': ['batch_id']}] -%}
{%- for name in columns if name in ('id_number', 'husband_id_number', 'wife_id_number') and name != key[0] -%}
{%- do indexes.append({'columns': [name]}) -%}
{%- endfor -%}
{{ config(
    materialized=increment_materialization(),
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    indexes=indexes,
    pre_hook="{{ delete_stale_rows('" ~ feed ~ "', '" ~ table ~ "', " ~ tojson(key) ~ ", '" ~ mode ~ "', '" ~ definition ~ "') }}",
    post_hook="{{ record_applied('" ~ feed ~ "', '" ~ mode ~ "', '" ~ definition ~ "') }}"
) }}
{%- endmacro %}

{% macro definition_digest(definition) -%}{{ return(local_md5(tojson(definition))) }}{%- endmacro %}

{% macro increment_materialization() -%}{{ return(adapter.dispatch('increment_materialization')()) }}{%- endmacro %}
{% macro default__increment_materialization() -%}{{ return('table') }}{%- endmacro %}
{% macro postgres__increment_materialization() -%}{{ return('incremental') }}{%- endmacro %}

{# What this build has to do: 'all', 'changed' (only what unapplied batches touch) or 'nothing'. #}
{% macro increment_step(feed, definition, mode) -%}
{%- if not execute or not is_incremental() -%}{{ return('all') }}{%- endif -%}
{%- set query -%}
select
    (select count(*) from ops.applied_batches
     where model = '{{ this.name }}' and definition = '{{ definition }}') as applied,
    (select count(*) from ops.applied_batches where model = '{{ this.name }}') as noted,
    (select count(*) from ({{ unapplied_batches(feed) }}) as unapplied) as unapplied
{%- endset -%}
{%- set found = run_query(query).rows[0] -%}
{%- if found[0] == 0 or found[0] != found[1] -%}{{ return('all') }}
{%- elif found[2] == 0 -%}{{ return('nothing') }}
{%- elif mode in ('delta', 'events') -%}{{ return('changed') }}
{%- else -%}{{ return('all') }}
{%- endif -%}
{%- endmacro %}

{# Batches in which the table and the present state differ: new, gone, or changed since they were applied.
   A batch that changed is on both sides of the join, and must be read once. #}
{% macro unapplied_batches(feed) -%}
select distinct coalesce(counting.batch_id, applied.batch_id) as batch_id
from (
    select batch_id, rows_changed_at from {{ ref('stg_current_batches') }} where feed_id = '{{ feed }}'
) as counting
full join (
    select batch_id, rows_changed_at from ops.applied_batches where model = '{{ this.name }}'
) as applied
    on counting.batch_id = applied.batch_id and counting.rows_changed_at = applied.rows_changed_at
where counting.batch_id is null or applied.batch_id is null
{%- endmacro %}

{% macro delete_stale_rows(feed, table, key, mode, definition) -%}
{%- if is_incremental() -%}
{%- set step = increment_step(feed, definition, mode) -%}
{%- if step == 'all' -%}
{{ patiently('truncate ' ~ this, this) }}
{%- elif step == 'changed' and mode == 'events' -%}
delete from {{ this }} where batch_id in ({{ unapplied_batches(feed) }})
{%- elif step == 'changed' -%}
delete from {{ this }} as kept
using (
    select distinct {{ key | join(', ') }} from raw.{{ table }}
    where batch_id in ({{ unapplied_batches(feed) }})
) as touched
where {% for name in key %}kept.{{ name }} = touched.{{ name }}{% if not loop.last %} and {% endif %}{% endfor %}
{%- endif -%}
{%- endif -%}
{%- endmacro %}

{% macro record_applied(feed, mode, definition) -%}
{%- if this is not none and increment_materialization() == 'incremental' -%}
{%- if increment_step(feed, definition, mode) != 'nothing' -%}
delete from ops.applied_batches where model = '{{ this.name }}';
insert into ops.applied_batches (model, batch_id, rows_changed_at, definition)
select '{{ this.name }}', batch_id, rows_changed_at, '{{ definition }}'
from {{ ref('stg_current_batches') }} where feed_id = '{{ feed }}';
{{ analyse(this) }}
{%- endif -%}
{%- endif -%}
{%- endmacro %}
