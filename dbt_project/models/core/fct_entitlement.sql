{{ config(indexes=[{'columns': ['enrolment_id', 'pay_month'], 'unique': True}]) }}

-- What each case is due for a month, by the rates of that month and the facts in the registry today.
--   dibao   standard - income / members + standard x uplift of the category; whole yuan at the end, never below 0
--   tekun   basic amount + a share of the minimum wage for the tier of care, in whole yuan
--   others  the rate of their class
-- amount is null where a rate, a category or a tier is not in the seeds: nothing is compared with a guess.
with uplifts as (
    select
        months.pay_month,
        classes.category,
        classes.uplift_percent
    from {{ ref('int_pay_month') }} as months
    inner join {{ ref('uplift_classes') }} as classes
        on {{ in_force('classes', 'months.pay_month') }}
),

care as (
    select
        months.pay_month,
        tiers.ability_tier,
        cast(round(wages.monthly_amount / tiers.wage_divisor, 0) as numeric(14, 2)) as care_amount
    from {{ ref('int_pay_month') }} as months
    inner join {{ ref('minimum_wages') }} as wages
        on {{ in_force('wages', 'months.pay_month') }}
    inner join {{ ref('care_tiers') }} as tiers
        on {{ in_force('tiers', 'months.pay_month') }}
),

parts as (
    select
        cases.*,
        rates.amount as rate,
        uplifts.uplift_percent,
        care.care_amount,
        cast(cases.household_income / cases.member_count as numeric(20, 6)) as income_per_head
    from {{ ref('int_case_of_month') }} as cases
    left join {{ ref('int_rate_of_month') }} as rates
        on
            cases.pay_month = rates.pay_month
            and cases.benefit_type = rates.benefit_type
            and cases.rate_class = rates.rate_class
    left join uplifts on cases.pay_month = uplifts.pay_month and cases.category = uplifts.category
    left join care on cases.pay_month = care.pay_month and cases.ability_tier = care.ability_tier
)

select
    enrolment_id,
    benefit_type,
    pay_month,
    rate_class,
    rate,
    member_count,
    household_income,
    uplift_percent,
    care_amount,
    cast(
        case
            when benefit_type <> 'dibao' then rate + case when benefit_type = 'tekun' then care_amount else 0 end
            when rate + rate * uplift_percent / 100 <= income_per_head then 0
            else round(rate - income_per_head + rate * uplift_percent / 100, 0)
        end
        as numeric(14, 2)
    ) as amount,
    {{ as_of() }} as as_of
from parts
