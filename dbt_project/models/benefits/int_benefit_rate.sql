-- The rate of each benefit and class at the business date, in yuan a month.
with ranked as (
    select
        benefit_type,
        class as rate_class,
        value as amount,
        from_date,
        row_number() over (partition by benefit_type, class order by from_date desc) as newest
    from {{ ref('benefit_standards') }}
    where unit = 'yuan_month' and from_date <= {{ as_of() }}
)

select
    benefit_type,
    rate_class,
    cast(amount as numeric(14, 2)) as amount,
    from_date
from ranked
where newest = 1
