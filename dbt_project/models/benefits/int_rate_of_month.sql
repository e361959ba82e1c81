-- Rates as they stood on the first of each month: a raise on 1 July is due from July on. Support for the destitute also
-- had rates by the form of support (rural_central, rural_scattered). If several rates fit a case, the newest counts.
-- support_form is empty for all other benefits.
with forms as (
    select distinct
        benefit_type,
        support_form
    from {{ ref('int_case_of_month') }}
    where support_form is not null
),

standards as (
    select
        standards.benefit_type,
        forms.support_form,
        case
            when forms.support_form is null then standards.class
            else replace(standards.class, concat('_', forms.support_form), '')
        end as rate_class,
        standards.value,
        standards.from_date
    from {{ ref('benefit_standards') }} as standards
    left join forms on standards.benefit_type = forms.benefit_type
    left join forms as others
        on
            standards.benefit_type = others.benefit_type
            and forms.support_form <> others.support_form
            and right(standards.class, length(others.support_form) + 1) = concat('_', others.support_form)
    where standards.unit = 'yuan_month' and others.support_form is null
),

ranked as (
    select
        months.pay_month,
        standards.benefit_type,
        standards.rate_class,
        standards.support_form,
        standards.value as amount,
        row_number() over (
            partition by months.pay_month, standards.benefit_type, standards.rate_class, standards.support_form
            order by standards.from_date desc
        ) as newest
    from {{ ref('int_pay_month') }} as months
    inner join standards on standards.from_date <= months.pay_month
)

select
    pay_month,
    benefit_type,
    rate_class,
    support_form,
    cast(amount as numeric(14, 2)) as amount
from ranked
where newest = 1
