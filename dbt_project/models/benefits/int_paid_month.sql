{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- What reached a case for a month, as known at the business date. A payment that was returned since does not count.
select
    enrolment_id,
    pay_month,
    cast(sum(amount) as numeric(14, 2)) as amount
from {{ ref('fct_payment') }}
where result = 'paid'
group by enrolment_id, pay_month
having sum(amount) > 0
