{{ config(indexes=[{'columns': ['payment_id'], 'unique': True}, {'columns': ['person_id']}]) }}

-- enrolment_id is made of the benefit and the case number. A payment may name a case that no registry has.
select
    payments.payment_id,
    payments.benefit_type,
    concat(benefits.feed_id, ':', payments.case_id) as enrolment_id,
    persons.person_id,
    payments.result,
    cast(payments.amount as numeric(14, 2)) as amount,
    payments.pay_month,
    payments.paid_on,
    payments.feed_id,
    cast(payments.batch_id as {{ text_type() }}) as batch_id,
    payments.row_no,
    {{ as_of() }} as as_of
from {{ ref('stg_platform__payment_result') }} as payments
inner join {{ ref('benefits') }} as benefits on payments.benefit_type = benefits.benefit_type
left join {{ ref('dim_person_alias') }} as persons on payments.id_number = persons.id_number
