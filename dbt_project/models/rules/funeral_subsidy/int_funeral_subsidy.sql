-- Cremations with money granted. A funeral home that is in no list counts as one of the city. If no ceiling is in force
-- on the day of the cremation, ceiling is null.
with granted as (
    select
        cremations.cremation_no,
        cremations.id_number,
        cremations.full_name,
        cremations.death_date,
        cremations.cremated_on,
        cremations.applicant_id_number,
        cremations.applicant_name,
        cremations.subsidy_class,
        cremations.subsidy_amount,
        cremations.feed_id,
        cremations.batch_id,
        cremations.row_no,
        coalesce(homes.area, 'city') as area,
        coalesce(homes.region_code, cities.division_code) as region_code
    from {{ ref('stg_civil_affairs__cremation') }} as cremations
    inner join {{ ref('divisions') }} as cities on cities.level = 'city'
    left join {{ ref('funeral_homes') }} as homes on cremations.funeral_home = homes.funeral_home
    where cremations.subsidy_class <> 'none' and cremations.subsidy_amount > 0 and cremations.cremated_on is not null
)

select
    granted.cremation_no,
    granted.id_number,
    granted.full_name,
    granted.death_date,
    granted.cremated_on,
    granted.applicant_id_number,
    granted.applicant_name,
    granted.subsidy_class,
    granted.subsidy_amount,
    granted.area,
    granted.region_code,
    ceilings.amount as ceiling,
    granted.feed_id,
    cast(granted.batch_id as {{ text_type() }}) as batch_id,
    granted.row_no
from granted
left join {{ ref('int_funeral_ceiling') }} as ceilings
    on
        granted.subsidy_class = ceilings.subsidy_class
        and granted.area = ceilings.area
        and {{ in_force('ceilings', 'granted.cremated_on') }}
