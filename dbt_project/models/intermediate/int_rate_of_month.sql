-- Rates as they stood on the first of each month looked at: a raise on 1 July is due from July on.
with ranked as (
    select
        months.pay_month,
        standards.benefit_type,
        standards.class as rate_class,
        standards.value as amount,
        row_number() over (
            partition by months.pay_month, standards.benefit_type, standards.class
            order by standards.from_date desc
        ) as newest
    from {{ ref('int_pay_month') }} as months
    inner join {{ ref('benefit_standards') }} as standards
        on standards.from_date <= months.pay_month and standards.unit = 'yuan_month'
)

select
    pay_month,
    benefit_type,
    rate_class,
    cast(amount as numeric(14, 2)) as amount
from ranked
where newest = 1
