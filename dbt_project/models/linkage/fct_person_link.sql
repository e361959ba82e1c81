{{ config(indexes=[{'columns': ['person_id']}]) }}

-- Who a dead person without a number may be. The weights of the comparisons are added to the prior; a comparison that
-- cannot be made adds nothing. The best candidate is linked if it is likely enough and clearly ahead of the next; if
-- two are alike, neither is linked. Every candidate that is more likely than not stays on record. A link is a
-- suspicion, never more.
with parameters as (
    {{ linkage_parameters_of(['prior_weight', 'link_weight', 'listed_weight', 'margin']) }}
),

weights as (
    select weights.* from {{ ref('linkage_weights') }} as weights
    where {{ in_force('weights', as_of()) }}
),

weighed as (
    select
        pairs.*,
        coalesce(names.weight, 0) as weight_full_name,
        coalesce(births.weight, 0) as weight_birth_date,
        coalesce(sexes.weight, 0) as weight_sex,
        coalesce(regions.weight, 0) as weight_region_code
    from {{ ref('int_link_pair') }} as pairs
    left join weights as names on names.comparison = 'full_name' and pairs.name_level = names.level
    left join weights as births on births.comparison = 'birth_date' and pairs.birth_date_level = births.level
    left join weights as sexes on sexes.comparison = 'sex' and pairs.sex_level = sexes.level
    left join weights as regions on regions.comparison = 'region_code' and pairs.region_level = regions.level
),

scored as (
    select
        weighed.*,
        parameters.prior_weight,
        parameters.link_weight,
        parameters.listed_weight,
        parameters.margin,
        parameters.prior_weight
        + weighed.weight_full_name
        + weighed.weight_birth_date
        + weighed.weight_sex
        + weighed.weight_region_code as match_weight
    from weighed
    cross join parameters
),

ranked as (
    select
        *,
        row_number() over (partition by cremation_no order by match_weight desc, person_id asc) as link_rank,
        lead(match_weight) over (partition by cremation_no order by match_weight desc, person_id asc) as next_weight
    from scored
)

select
    cremation_no,
    person_id,
    link_rank,
    prior_weight,
    name_level,
    weight_full_name,
    birth_date_level,
    weight_birth_date,
    sex_level,
    weight_sex,
    region_level,
    weight_region_code,
    match_weight,
    cast(1 / (1 + power(2.0, -match_weight)) as numeric(9, 6)) as match_probability,
    match_weight - next_weight as ahead_by,
    link_rank = 1
    and match_weight >= link_weight
    and (next_weight is null or match_weight - next_weight >= margin) as is_linked,
    {{ as_of() }} as as_of
from ranked
where match_weight >= listed_weight
