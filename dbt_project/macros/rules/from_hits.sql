{#
  The rules share one shape. A hits model has a row per enrolment and fact:
    enrolment_id, benefit_type, benefit_rank, start_date, person_id, id_number, full_name, region_code,
    sub_type, sub_type_rank, event_key, names_agree, benefit_evidence, fact_evidence (may be null)
  and where a cross-check is made of it, per fact overlap_from, overlap_until, per enrolment overpaid_months,
  overpaid_amount (macros/rules/overlap.sql).
  These columns of the enrolment are written by enrolment_columns().
#}
{% macro enrolment_columns(row) -%}
{{ row }}.enrolment_id,
    {{ row }}.benefit_type,
    {{ row }}.benefit_rank,
    {{ row }}.start_date,
    {{ row }}.person_id,
    {{ row }}.id_number,
    {{ row }}.full_name,
    {{ row }}.region_code
{%- endmacro %}

{#
  Each hit in two rows, one with its benefit and one with its fact, so that one grouping gathers all evidence.
  (Joins of groups with groups are avoided: the planner cannot estimate their sizes.)
#}
{% macro evidence_pieces(hits) -%}
sides as (
    select 'benefit' as side
    union all
    select 'fact' as side
),

pieces as (
    select
        {{ hits }}.*,
        case when sides.side = 'benefit' then {{ hits }}.benefit_evidence else {{ hits }}.fact_evidence end as piece
    from {{ hits }}
    cross join sides
    where sides.side = 'benefit' or {{ hits }}.fact_evidence is not null
)
{%- endmacro %}

{# The whole model of a rule whose hits are a model of their own, or lie in several. #}
{% macro warnings_from_hits(rule_id, hits) -%}
{%- if hits is string -%}
with {{ warnings_of(rule_id, ref(hits)) }}
{%- else -%}
with hits as (
    {%- for name in hits %}
    select
        {{ hit_columns() }}
    from {{ ref(name) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

{{ warnings_of(rule_id, 'hits') }}
{%- endif -%}
{%- endmacro %}

{% macro hit_columns() -%}
enrolment_id, benefit_type, benefit_rank, start_date, person_id, id_number, full_name, region_code,
        sub_type, sub_type_rank, event_key, names_agree, benefit_evidence, fact_evidence
{%- endmacro %}

{#
  One warning per person and event, with the most serious sub-type (worst_place 1). It shows the person of an enrolment
  whose name agrees with the fact, if there is one (shown_place 1): of two people under one number, the warning must not
  call the wrong one dead. Of several enrolments it shows the first by sub-type, benefit, start.
  The text continues the caller's `with`. hits: a table, or a name from that `with`. The model becomes a view.
#}
{% macro warnings_of(rule_id, hits) -%}
{{- config(materialized='view') }}
ranked as (
    select
        *,
        row_number() over (
            partition by person_id, event_key
            order by sub_type_rank, benefit_rank, start_date, enrolment_id
        ) as worst_place,
        row_number() over (
            partition by person_id, event_key
            order by
                case when names_agree then 0 else 1 end,
                sub_type_rank, benefit_rank, start_date, enrolment_id
        ) as shown_place
    from {{ hits }}
),

{{ evidence_pieces('ranked') }},

found as (
    select
        person_id,
        event_key,
        max(case when shown_place = 1 then id_number end) as id_number,
        max(case when shown_place = 1 then full_name end) as full_name,
        max(case when shown_place = 1 then region_code end) as region_code,
        max(case when worst_place = 1 then sub_type end) as sub_type,
        bool_or(names_agree) as names_agree,
        {{ json_list('piece') }} as evidence
    from pieces
    group by person_id, event_key
)

select
    md5(concat('{{ rule_id }}|', found.person_id, '|', found.event_key)) as warning_id,
    rules.rule_id,
    rules.name_zh as rule_name_zh,
    sub_types.severity,
    rules.handler_level,
    'person' as subject_type,
    found.person_id as subject_id,
    found.id_number,
    found.full_name,
    found.region_code,
    found.sub_type,
    case when found.names_agree then 'confirmed' else 'suspected' end as confidence,
    found.event_key,
    due.due_on,
    found.evidence,
    {{ as_of() }} as as_of
from found
inner join {{ ref('rules') }} as rules on rules.rule_id = '{{ rule_id }}'
inner join {{ ref('rule_sub_types') }} as sub_types
    on sub_types.rule_id = rules.rule_id and found.sub_type = sub_types.sub_type
inner join {{ ref('int_due_date') }} as due on sub_types.severity = due.severity
{%- endmacro %}

{#
  One hit per enrolment. only: sub-types that count for the check; all, if empty. All facts of a hit hold at the
  business date, so their overlaps with the benefit form one period. The model becomes a view.
#}
{% macro check_hits_from_hits(check_id, hits, only=[]) -%}
{{- config(materialized='view') -}}
with hits as (
    select * from {{ ref(hits) }}
    {%- if only %}
    where sub_type in ({% for name in only %}'{{ name }}'{% if not loop.last %}, {% endif %}{% endfor %})
    {%- endif %}
),

{{ evidence_pieces('hits') }},

found as (
    select
        enrolment_id,
        benefit_type,
        person_id,
        max(id_number) as id_number,
        max(full_name) as full_name,
        max(region_code) as region_code,
        {{ first_by_rank('sub_type', 'sub_type_rank') }} as sub_type,
        bool_or(names_agree) as names_agree,
        min(overlap_from) as overlap_from,
        case when count(*) = count(overlap_until) then max(overlap_until) end as overlap_until,
        max(overpaid_months) as overpaid_months,
        max(overpaid_amount) as overpaid_amount,
        {{ json_list('piece') }} as evidence
    from pieces
    group by enrolment_id, benefit_type, person_id
)

select
    md5(concat('{{ check_id }}|', found.person_id, '|', found.benefit_type, '|', found.enrolment_id)) as hit_id,
    checks.check_id,
    checks.name_zh as check_name_zh,
    found.person_id,
    found.id_number,
    found.full_name,
    found.enrolment_id,
    found.benefit_type,
    found.region_code,
    found.sub_type,
    case when found.names_agree then 'confirmed' else 'suspected' end as confidence,
    found.overlap_from,
    found.overlap_until,
    found.overpaid_months,
    found.overpaid_amount,
    found.evidence,
    {{ as_of() }} as as_of
from found
inner join {{ ref('checks') }} as checks on checks.check_id = '{{ check_id }}'
{%- endmacro %}
