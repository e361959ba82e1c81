{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- What the payment platform did for a case and month: how much arrived, when all of it had arrived, and what did not.
-- The payee is somebody else if the name is not the person's (present or former), not a family member's (int_payee),
-- and, for somebody in central support, not that of the institution the registry names.
with payments as (
    select
        concat(benefits.feed_id, ':', paid.case_id) as enrolment_id,
        paid.benefit_type,
        paid.pay_month,
        paid.payment_id,
        paid.payee_name,
        paid.amount,
        paid.result,
        paid.paid_on
    from {{ ref('stg_platform__payment_result') }} as paid
    inner join {{ ref('int_pay_month') }} as months on paid.pay_month = months.pay_month
    inner join {{ ref('benefits') }} as benefits on paid.benefit_type = benefits.benefit_type
),

strangers as (
    select
        payments.payment_id,
        payments.payee_name,
        cases.enrolment_id,
        cases.person_id
    from payments
    inner join {{ ref('fct_enrolment') }} as cases on payments.enrolment_id = cases.enrolment_id
    left join {{ ref('int_former_name') }} as former on cases.id_number = former.id_number
    where
        payments.result = 'paid'
        and not {{ names_agree('payments.payee_name', 'cases.full_name') }}
        and not {{ was_called('former', 'payments.payee_name') }}
),

known_names as (
    select
        strangers.payment_id,
        strangers.payee_name,
        payees.full_name,
        payees.former_names
    from strangers
    inner join {{ ref('int_payee') }} as payees on strangers.person_id = payees.person_id
    union all
    select
        strangers.payment_id,
        strangers.payee_name,
        {{ as_name('tekun.institution_name') }} as full_name,
        cast(null as {{ text_type() }}) as former_names
    from strangers
    inner join {{ ref('stg_civil_affairs__tekun') }} as tekun
        on strangers.enrolment_id = concat(tekun.feed_id, ':', tekun.case_id)
    where tekun.support_form = 'central' and tekun.institution_name is not null
),

explained as (
    select distinct known_names.payment_id
    from known_names
    where {{ bears_name('known_names', 'known_names.payee_name') }}
),

wrong as (
    select strangers.payment_id
    from strangers
    left join explained on strangers.payment_id = explained.payment_id
    where explained.payment_id is null
)

select
    payments.enrolment_id,
    payments.pay_month,
    payments.benefit_type,
    sum(case when payments.result = 'paid' then payments.amount else 0 end) as paid_amount,
    max(case when payments.result = 'paid' then payments.paid_on end) as last_paid_on,
    bool_or(payments.result = 'paid') as is_paid,
    bool_or(payments.result = 'returned') as is_returned,
    bool_or(wrong.payment_id is not null) as is_wrong_payee
from payments
left join wrong on payments.payment_id = wrong.payment_id
group by payments.enrolment_id, payments.pay_month, payments.benefit_type
