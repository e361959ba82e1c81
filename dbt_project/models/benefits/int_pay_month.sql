-- The months whose payments are compared: the newest month that ought to be paid in full by the business date, and some
-- months before it.
with parameters as (
    {{ parameters_of('payment_anomaly', ['pay_day', 'months']) }}
),

newest as (
    select
        {{ month_start(add_days(as_of(), '-pay_day')) }} as pay_month,
        months
    from parameters
)

select distinct {{ month_start('days.day') }} as pay_month
from {{ ref('working_days') }} as days
cross join newest
where
    {{ months_between_dates('days.day', 'newest.pay_month') }} >= 0
    and {{ months_between_dates('days.day', 'newest.pay_month') }} < newest.months
