select
    divisions.division_code,
    divisions.level,
    divisions.name_zh,
    divisions.parent_code,
    divisions.district_prefix,
    districts.name_zh as district_name_zh,
    streets.name_zh as street_name_zh
from {{ ref('divisions') }} as divisions
left join {{ ref('divisions') }} as districts
    on districts.level = 'district' and districts.division_code = concat(divisions.district_prefix, '000000')
left join {{ ref('divisions') }} as streets
    on
        streets.level = 'street'
        and divisions.level in ('street', 'community')
        and streets.division_code = concat(substr(divisions.division_code, 1, 9), '000')
