-- Every pair of a block that was compared, once, with the level of each comparison. Pairs in which the death comes
-- before the birth are left out.
with keys as (
    select keys.* from {{ ref('int_link_key') }} as keys
    inner join {{ ref('fct_linkage_block') }} as blocks
        on keys.block_rule = blocks.block_rule and keys.block_key = blocks.block_key
    where not blocks.is_skipped
),

pairs as (
    select distinct
        deaths.record_id as cremation_no,
        persons.record_id as person_id
    from keys as deaths
    inner join keys as persons
        on
            deaths.block_rule = persons.block_rule
            and deaths.block_key = persons.block_key
            and persons.side = 'person'
    where deaths.side = 'death'
)

select
    pairs.cremation_no,
    pairs.person_id,
    {{ name_level('deaths.full_name', 'persons.full_name') | indent(4) }} as name_level,
    {{ birth_date_level('deaths.birth_date', 'persons.birth_date') | indent(4) }} as birth_date_level,
    {{ sex_level('deaths.sex', 'persons.sex') | indent(4) }} as sex_level,
    {{ region_level('deaths.region_code', 'persons.region_code') | indent(4) }} as region_level
from pairs
inner join {{ ref('int_numberless_death') }} as deaths on pairs.cremation_no = deaths.cremation_no
inner join {{ ref('dim_person') }} as persons on pairs.person_id = persons.person_id
where deaths.death_date >= persons.birth_date
