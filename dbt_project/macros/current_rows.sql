{#
  The rows of one raw table that are in force at the business date.

  snapshot, query_reply  the rows of the latest batch; of a key named twice, the last row
  delta                  the newest version of each key over all batches; deleted keys are gone
  events                 every row of every batch: an event is never replaced

  feed: feed id; table: raw table; key: columns; columns: what to hand on; cursor: of a delta;
  deletes: whether the feed marks deleted rows in `operation`.
  Decode typed and cleaned every value already: nothing is parsed here.
  The table is kept from build to build (macros/increments.sql): only what changed is read again.
#}
{% macro current_rows(feed, table, columns, key, mode, cursor=none, deletes=false) -%}
{%- set definition = definition_digest([feed, table, columns, key, mode, cursor, deletes]) -%}
{{- incremental_config(feed, table, key, mode, definition, columns) -}}
{%- set step = increment_step(feed, definition, mode) -%}
{%- set domain = feed.split('__')[0] -%}
{%- if step == 'changed' -%}
with unapplied as (
    {{ unapplied_batches(feed) | indent(4) }}
),

{% if mode != 'events' %}touched as (
    select distinct {% for name in key %}changed.{{ name }}{% if not loop.last %}, {% endif %}{% endfor %}
    from {{ source(domain, table) }} as changed
    inner join unapplied on changed.batch_id = unapplied.batch_id
),

{% endif %}in_force as (
{%- else -%}
with in_force as (
{%- endif %}
    select
        raw_rows.*
        {%- if mode != 'events' %},
        row_number() over (
            partition by {% for name in key %}raw_rows.{{ name }}{% if not loop.last %}, {% endif %}{% endfor %}
            order by
                {%- if cursor %} raw_rows.{{ cursor }} desc,{% endif %} batches.as_of desc, raw_rows.row_no desc, raw_rows.batch_id desc
        ) as version_rank
        {%- endif %}
    from {{ source(domain, table) }} as raw_rows
    inner join {{ ref('stg_current_batches') }} as batches
        on raw_rows.batch_id = batches.batch_id and batches.feed_id = '{{ feed }}'
    {%- if step == 'changed' and mode == 'events' %}
    inner join unapplied on raw_rows.batch_id = unapplied.batch_id
    {%- elif step == 'changed' %}
    inner join touched
        on {% for name in key %}raw_rows.{{ name }} = touched.{{ name }}{% if not loop.last %} and {% endif %}{% endfor %}
    {%- elif step == 'nothing' %}
    where false
    {%- endif %}
)

select
    {%- for name in columns %}
    {{ name }},
    {%- endfor %}
    '{{ feed }}' as feed_id,
    batch_id,
    row_no
from in_force
{%- if mode != 'events' %}
where version_rank = 1
{%- if deletes %} and operation <> 'delete'{% endif %}
{%- endif %}
{%- endmacro %}
