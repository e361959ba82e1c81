-- The most a class pays, by area and period. A free funeral costs the sum of its parts. If the resident pension pays a
-- grant, the subsidy is the difference. A period ends when any part, or the grant, changes.
with grants as (
    select
        value as amount,
        from_date,
        until_date
    from {{ ref('rule_parameters') }}
    where rule_id = 'funeral_subsidy' and parameter = 'resident_pension_grant'
),

changes as (
    select from_date as changed_on from {{ ref('funeral_items') }}
    union
    select until_date as changed_on from {{ ref('funeral_items') }}
    where until_date is not null
    union
    select from_date as changed_on from grants
    union
    select until_date as changed_on from grants
    where until_date is not null
),

periods as (
    select
        changed_on as from_date,
        lead(changed_on) over (order by changed_on) as until_date
    from changes
),

free_funerals as (
    select
        items.area,
        periods.from_date,
        periods.until_date,
        sum(items.amount) as amount
    from periods
    inner join {{ ref('funeral_items') }} as items on {{ in_force('items', 'periods.from_date') }}
    group by items.area, periods.from_date, periods.until_date
)

select
    'full' as subsidy_class,
    area,
    from_date,
    until_date,
    cast(amount as numeric(14, 2)) as amount
from free_funerals

union all

select
    'difference' as subsidy_class,
    free_funerals.area,
    free_funerals.from_date,
    free_funerals.until_date,
    cast(free_funerals.amount - grants.amount as numeric(14, 2)) as amount
from free_funerals
inner join grants on {{ in_force('grants', 'free_funerals.from_date') }}

union all

select
    subsidy_class,
    area,
    from_date,
    until_date,
    cast(amount as numeric(14, 2)) as amount
from {{ ref('funeral_ceilings') }}
