{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- 低保 by member and month. A family gets (standard - income / members, at least the floor) x members, plus standard x
-- uplift of each member's category, rounded to whole yuan at the end. Each member gets a share in whole yuan; the
-- member with the first number bears what rounding leaves over. When the income reaches the standard, the family keeps
-- the amount in the registry for some months after the review that found the income. If a member has several
-- categories, the highest counts; if one of them is not in the seeds, the highest is unknown.
-- A person admitted alone (单人保) gets a share of the standard by the income of the family, without uplift.
-- amount is null where a rate, a category or an income is not known: the hub does not compare with a guess.
{%- set of_all = ['floor_percent', 'phase_out_months', 'single_person_full_below', 'single_person_full_percent',
                  'single_person_reduced_percent'] %}
{%- set of_categories = ['phase_out_months', 'single_person_multiple'] %}
with parameters as (
    select
        months.pay_month,
        terms.category,
        {%- for name in of_all %}
        max(case when terms.category = 'all' and terms.parameter = '{{ name }}' then terms.value end) as {{ name }},
        {%- endfor %}
        {%- for name in of_categories %}
        max(case when terms.parameter = '{{ name }}' then terms.value end) as category_{{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_pay_month') }} as months
    inner join {{ ref('dibao_parameters') }} as terms
        on {{ in_force('terms', 'months.pay_month') }}
    group by months.pay_month, terms.category
),

uplifts as (
    select
        months.pay_month,
        classes.category,
        classes.uplift_percent
    from {{ ref('int_pay_month') }} as months
    inner join {{ ref('uplift_classes') }} as classes
        on {{ in_force('classes', 'months.pay_month') }}
),

-- the categories of a member, as the registry lists them
listed as (
    select distinct
        pay_month,
        category,
        concat('、', translate(category, ',，;；/ ', '、、、、、、'), '、') as categories
    from {{ ref('int_case_of_month') }}
    where benefit_type = 'dibao' and category is not null
),

highest as (
    select
        listed.pay_month,
        listed.category,
        case
            when count(*) = length(listed.categories) - length(replace(listed.categories, '、', '')) - 1
                then max(uplifts.uplift_percent)
        end as uplift_percent
    from listed
    inner join uplifts
        on
            listed.pay_month = uplifts.pay_month
            and listed.categories like concat('%、', uplifts.category, '、%')
    group by listed.pay_month, listed.category, listed.categories
),

terms_of_category as (
    select
        listed.pay_month,
        listed.category,
        max(own.category_single_person_multiple) as largest_multiple,
        max(own.category_phase_out_months) as phase_out_months
    from listed
    inner join parameters as own
        on
            listed.pay_month = own.pay_month
            and listed.categories like concat('%、', own.category, '、%')
    group by listed.pay_month, listed.category
),

parts as (
    select
        cases.enrolment_id,
        cases.pay_month,
        cases.household_id,
        cases.registered_amount,
        cases.last_review_on,
        coalesce(cases.case_kind = 'single_person', false) as is_single,
        rates.amount as rate,
        highest.uplift_percent,
        city.floor_percent,
        city.single_person_full_below,
        city.single_person_full_percent,
        city.single_person_reduced_percent,
        own.largest_multiple,
        coalesce(own.phase_out_months, city.phase_out_months) as phase_out_months,
        cases.household_income,
        cases.member_count,
        cast(
            cases.household_income
            / case when cases.case_kind = 'single_person' then nullif(cases.family_size, 0) else cases.member_count end
            as numeric(20, 6)
        ) as income_per_head
    from {{ ref('int_case_of_month') }} as cases
    left join {{ ref('int_rate_of_month') }} as rates
        on
            cases.pay_month = rates.pay_month
            and cases.benefit_type = rates.benefit_type
            and cases.rate_class = rates.rate_class
    left join highest on cases.pay_month = highest.pay_month and cases.category = highest.category
    left join parameters as city on cases.pay_month = city.pay_month and city.category = 'all'
    left join terms_of_category as own on cases.pay_month = own.pay_month and cases.category = own.category
    where cases.benefit_type = 'dibao'
),

families as (
    select
        *,
        max(phase_out_months) over (partition by household_id, pay_month) as kept_months
    from parts
),

judged as (
    select
        *,
        case
            when is_single and income_per_head > largest_multiple * rate then 'above_multiple'
            when is_single or coalesce(income_per_head < rate, true) then null
            when
                last_review_on <= {{ as_of() }}
                and {{ months_between_dates('last_review_on', 'pay_month') }} <= kept_months
                then 'phase_out'
            else 'income_above_standard'
        end as reason
    from families
),

-- times the members, so that nothing is divided before it is added up
by_formula as (
    select
        *,
        case
            when reason is null and not is_single
                then
                    greatest(rate * member_count - household_income, rate * member_count * floor_percent / 100)
                    + rate * member_count * uplift_percent / 100
        end as share_times_members
    from judged
),

shared as (
    select
        *,
        round(share_times_members / nullif(member_count, 0), 0) as share,
        sum(share_times_members) over family as family_times_members,
        count(*) over family = count(share_times_members) over family as is_family_known,
        row_number() over (
            partition by household_id, pay_month, reason, is_single
            order by enrolment_id
        ) as place
    from by_formula
    window family as (partition by household_id, pay_month, reason, is_single)
),

settled as (
    select
        *,
        round(family_times_members / nullif(member_count, 0), 0)
        - sum(share) over (partition by household_id, pay_month, reason, is_single) as left_over
    from shared
)

select
    enrolment_id,
    pay_month,
    rate,
    case when is_single then 0 else uplift_percent end as uplift_percent,
    cast(
        case
            when income_per_head is null then null
            when reason = 'phase_out' then registered_amount
            when reason is not null then 0
            when is_single and largest_multiple is null then null
            when is_single and income_per_head < single_person_full_below * rate
                then round(rate * single_person_full_percent / 100, 0)
            when is_single then round(rate * single_person_reduced_percent / 100, 0)
            when is_family_known and place = 1 then share + left_over
            else share
        end
        as numeric(14, 2)
    ) as amount,
    reason
from settled
