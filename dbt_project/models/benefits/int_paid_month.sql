{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- What reached a case for a month, as it stands at the business date: a payment returned since did not.
select
    enrolment_id,
    pay_month,
    cast(sum(amount) as numeric(14, 2)) as amount
from {{ ref('fct_payment') }}
where result = 'paid'
group by enrolment_id, pay_month
having sum(amount) > 0
