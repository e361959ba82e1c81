-- The size of each block. A block with more pairs than the cap is not compared, and is listed with is_skipped.
with parameters as (
    {{ linkage_parameters_of(['largest_block']) }}
),

sizes as (
    select
        block_rule,
        block_key,
        count(case when side = 'death' then 1 end) as death_count,
        count(case when side = 'person' then 1 end) as person_count
    from {{ ref('int_link_key') }}
    group by block_rule, block_key
)

select
    sizes.block_rule,
    sizes.block_key,
    sizes.death_count,
    sizes.person_count,
    sizes.death_count * sizes.person_count as pair_count,
    sizes.death_count * sizes.person_count > parameters.largest_block as is_skipped,
    {{ as_of() }} as as_of
from sizes
cross join parameters
where sizes.person_count > 0
