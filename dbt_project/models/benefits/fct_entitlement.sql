{{ config(indexes=[{'columns': ['enrolment_id', 'pay_month'], 'unique': True}]) }}

-- What each case is due for a month, by the rates of that month and the facts in the registry today.
--   dibao   see int_dibao_entitlement
--   tekun   basic amount + a share of the minimum wage for the tier of care, in whole yuan
--   others  the rate of their class; nothing for disability allowances that something else excludes
-- amount is null where a rate, a category or a tier is not in the seeds: the hub does not compare with a guess.
with care as (
    select
        months.pay_month,
        tiers.ability_tier,
        cast(round(wages.monthly_amount / tiers.wage_divisor, 0) as numeric(14, 2)) as care_amount
    from {{ ref('int_pay_month') }} as months
    inner join {{ ref('minimum_wages') }} as wages
        on {{ in_force('wages', 'months.pay_month') }}
    inner join {{ ref('care_tiers') }} as tiers
        on {{ in_force('tiers', 'months.pay_month') }}
)

select
    cases.enrolment_id,
    cases.benefit_type,
    cases.pay_month,
    cases.rate_class,
    rates.amount as rate,
    cases.member_count,
    cases.household_income,
    dibao.uplift_percent,
    care.care_amount,
    cast(
        case
            when cases.benefit_type = 'dibao' then dibao.amount
            when exclusions.reason is not null then 0
            when cases.benefit_type = 'tekun' then rates.amount + care.care_amount
            else rates.amount
        end
        as numeric(14, 2)
    ) as amount,
    coalesce(dibao.reason, exclusions.reason) as reason,
    {{ as_of() }} as as_of
from {{ ref('int_case_of_month') }} as cases
left join {{ ref('int_rate_of_month') }} as rates
    on
        cases.pay_month = rates.pay_month
        and cases.benefit_type = rates.benefit_type
        and cases.rate_class = rates.rate_class
        and coalesce(cases.support_form, '') = coalesce(rates.support_form, '')
left join care on cases.pay_month = care.pay_month and cases.ability_tier = care.ability_tier
left join {{ ref('int_dibao_entitlement') }} as dibao
    on cases.enrolment_id = dibao.enrolment_id and cases.pay_month = dibao.pay_month
left join {{ ref('int_allowance_exclusion') }} as exclusions
    on cases.enrolment_id = exclusions.enrolment_id and cases.pay_month = exclusions.pay_month
