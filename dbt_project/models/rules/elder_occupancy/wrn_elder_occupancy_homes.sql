{{ config(materialized='view') }}

-- The second part of elder_occupancy: more people live in a home than it has approved beds. People are counted, not
-- rows: whoever was entered twice has one bed. The evidence leads to the row of each resident. Homes of one
-- organisation share a warning.
with running as (
    select
        institution_id,
        count(distinct person_id) as residents
    from {{ ref('int_running_stay') }}
    group by institution_id
),

crowded as (
    select
        coalesce(homes.uscc, homes.institution_id) as subject_id,
        homes.institution_id,
        homes.institution_name,
        homes.region_code,
        homes.approved_beds,
        running.residents,
        homes.feed_id,
        cast(homes.batch_id as {{ text_type() }}) as batch_id,
        homes.row_no
    from {{ ref('stg_civil_affairs__elder_care__institution') }} as homes
    inner join running on homes.institution_id = running.institution_id
    where running.residents > homes.approved_beds
),

pieces as (
    select
        crowded.subject_id,
        crowded.institution_name,
        crowded.region_code,
        {{ fact_evidence('crowded', {
            'raw_table': "'civil_affairs__elder_care__institution'",
            'approved_beds': 'crowded.approved_beds',
            'residents': 'crowded.residents',
        }) }} as piece
    from crowded

    union all

    select
        crowded.subject_id,
        crowded.institution_name,
        crowded.region_code,
        {{ stay_evidence('stays', role='resident') }} as piece
    from crowded
    inner join {{ ref('int_running_stay') }} as stays on crowded.institution_id = stays.institution_id
),

told as (
    select
        subject_id,
        min(institution_name) as institution_name,
        min(region_code) as region_code,
        {{ json_list('piece') }} as evidence
    from pieces
    group by subject_id
)

select
    md5(concat('elder_occupancy|', told.subject_id, '|beds')) as warning_id,
    rules.rule_id,
    rules.name_zh as rule_name_zh,
    sub_types.severity,
    rules.handler_level,
    'organisation' as subject_type,
    told.subject_id,
    cast(null as {{ text_type() }}) as id_number,
    told.institution_name as full_name,
    told.region_code,
    sub_types.sub_type,
    'confirmed' as confidence,
    'beds' as event_key,
    due.due_on,
    told.evidence,
    {{ as_of() }} as as_of
from told
inner join {{ ref('rules') }} as rules on rules.rule_id = 'elder_occupancy'
inner join {{ ref('rule_sub_types') }} as sub_types
    on sub_types.rule_id = rules.rule_id and sub_types.sub_type = 'over_beds'
inner join {{ ref('int_due_date') }} as due on sub_types.severity = due.severity
