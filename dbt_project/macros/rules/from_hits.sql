{#
  The rules share one shape. A hits model has a row per enrolment and fact:
    enrolment_id, benefit_type, benefit_rank, start_date, person_id, id_number, full_name, region_code,
    sub_type, sub_type_rank, event_key, names_agree, benefit_evidence, fact_evidence (may be null)
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

{# One warning per person and event; the enrolment it speaks of is the first by sub-type, benefit, start. #}
{% macro warnings_from_hits(rule_id, hits) -%}
with hits as (
    select * from {{ ref(hits) }}
),

picked as (
    select
        *,
        row_number() over (
            partition by person_id, event_key
            order by sub_type_rank, benefit_rank, start_date, enrolment_id
        ) as pick
    from hits
),

agreement as (
    select
        person_id,
        event_key,
        bool_or(names_agree) as names_agree
    from hits
    group by person_id, event_key
),

items as (
    select person_id, event_key, benefit_evidence as item from hits
    union
    select person_id, event_key, fact_evidence as item from hits where fact_evidence is not null
),

evidence as (
    select
        person_id,
        event_key,
        {{ json_list('item') }} as evidence
    from items
    group by person_id, event_key
)

select
    md5(concat('{{ rule_id }}|', picked.person_id, '|', picked.event_key)) as warning_id,
    rules.rule_id,
    rules.name_zh as rule_name_zh,
    sub_types.severity,
    rules.handler_level,
    'person' as subject_type,
    picked.person_id as subject_id,
    picked.id_number,
    picked.full_name,
    picked.region_code,
    picked.sub_type,
    case when agreement.names_agree then 'confirmed' else 'suspected' end as confidence,
    picked.event_key,
    due.due_on,
    evidence.evidence,
    {{ as_of() }} as as_of
from picked
inner join agreement
    on picked.person_id = agreement.person_id and picked.event_key = agreement.event_key
inner join evidence
    on picked.person_id = evidence.person_id and picked.event_key = evidence.event_key
inner join {{ ref('rules') }} as rules on rules.rule_id = '{{ rule_id }}'
inner join {{ ref('rule_sub_types') }} as sub_types
    on sub_types.rule_id = rules.rule_id and picked.sub_type = sub_types.sub_type
inner join {{ ref('int_due_date') }} as due on sub_types.severity = due.severity
where picked.pick = 1
{%- endmacro %}

{# One hit per enrolment. only: sub-types that count for the check, all when empty. #}
{% macro check_hits_from_hits(check_id, hits, only=[]) -%}
with hits as (
    select * from {{ ref(hits) }}
    {%- if only %}
    where sub_type in ({% for name in only %}'{{ name }}'{% if not loop.last %}, {% endif %}{% endfor %})
    {%- endif %}
),

enrolments as (
    select
        enrolment_id,
        benefit_type,
        person_id,
        id_number,
        full_name,
        region_code,
        bool_or(names_agree) as names_agree
    from hits
    group by enrolment_id, benefit_type, person_id, id_number, full_name, region_code
),

items as (
    select enrolment_id, benefit_evidence as item from hits
    union
    select enrolment_id, fact_evidence as item from hits where fact_evidence is not null
),

evidence as (
    select
        enrolment_id,
        {{ json_list('item') }} as evidence
    from items
    group by enrolment_id
)

select
    md5(concat('{{ check_id }}|', enrolments.person_id, '|', enrolments.benefit_type, '|', enrolments.enrolment_id))
        as hit_id,
    checks.check_id,
    checks.name_zh as check_name_zh,
    enrolments.person_id,
    enrolments.id_number,
    enrolments.full_name,
    enrolments.enrolment_id,
    enrolments.benefit_type,
    enrolments.region_code,
    case when enrolments.names_agree then 'confirmed' else 'suspected' end as confidence,
    evidence.evidence,
    {{ as_of() }} as as_of
from enrolments
inner join evidence on enrolments.enrolment_id = evidence.enrolment_id
inner join {{ ref('checks') }} as checks on checks.check_id = '{{ check_id }}'
{%- endmacro %}
