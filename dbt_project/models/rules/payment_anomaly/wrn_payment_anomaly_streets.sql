{{ config(materialized='view') }}

-- The second part of payment_anomaly: what arrived in a street for the newest month that ought to be complete, compared
-- with the month before, over the benefits that were paid every month in both. Streets with few payments are left out:
-- one family more or less is no anomaly. The evidence names one payment of the street, with the sums it is part of.
with parameters as (
    {{ parameters_of('payment_anomaly', ['street_change_percent', 'street_minimum_cases']) }}
),

newest as (
    select
        max(pay_month) as pay_month,
        {{ month_start(add_days('max(pay_month)', -1)) }} as month_before
    from {{ ref('int_pay_month') }}
),

paid as (
    select
        rounds.enrolment_id,
        rounds.benefit_type,
        concat(substr(cases.region_code, 1, 9), '000') as street_code,
        rounds.pay_month,
        rounds.paid_amount,
        newest.pay_month as newest_month
    from {{ ref('int_payment_round') }} as rounds
    inner join newest on rounds.pay_month = newest.pay_month or rounds.pay_month = newest.month_before
    inner join {{ ref('rule_benefits') }} as monthly
        on
            monthly.rule_id = 'payment_anomaly'
            and rounds.benefit_type = monthly.benefit_type
            and {{ in_force('monthly', 'newest.month_before') }}
            and {{ in_force('monthly', 'newest.pay_month') }}
    inner join {{ ref('fct_enrolment') }} as cases on rounds.enrolment_id = cases.enrolment_id
    where rounds.is_paid and substr(cases.region_code, 7, 3) <> '000'
),

totals as (
    select
        street_code,
        newest_month,
        sum(case when pay_month = newest_month then paid_amount else 0 end) as total,
        sum(case when pay_month < newest_month then paid_amount else 0 end) as total_before,
        cast(sum(case when pay_month = newest_month then 1 else 0 end) as {{ int_type() }}) as cases_paid,
        cast(sum(case when pay_month < newest_month then 1 else 0 end) as {{ int_type() }}) as cases_before
    from paid
    group by street_code, newest_month
),

changed as (
    select totals.*
    from totals
    cross join parameters
    where
        totals.cases_before >= parameters.street_minimum_cases
        and abs(totals.total - totals.total_before) * 100 > totals.total_before * parameters.street_change_percent
),

payments as (
    select
        changed.*,
        rows_paid.feed_id,
        cast(rows_paid.batch_id as {{ text_type() }}) as batch_id,
        rows_paid.row_no,
        row_number() over (
            partition by changed.street_code
            order by rows_paid.pay_month desc, rows_paid.amount desc, rows_paid.payment_id asc
        ) as place
    from changed
    inner join paid on changed.street_code = paid.street_code
    inner join {{ ref('benefits') }} as benefits on paid.benefit_type = benefits.benefit_type
    inner join {{ ref('stg_platform__payment_result') }} as rows_paid
        on
            paid.benefit_type = rows_paid.benefit_type
            and paid.enrolment_id = concat(benefits.feed_id, ':', rows_paid.case_id)
            and paid.pay_month = rows_paid.pay_month
            and rows_paid.result = 'paid'
),

told as (
    select
        payments.street_code,
        concat('street:', substr({{ iso_date('payments.newest_month') }}, 1, 7)) as event_key,
        {{ json_list(fact_evidence('payments', {
            'pay_month': 'payments.newest_month',
            'total': 'payments.total',
            'total_before': 'payments.total_before',
            'cases_paid': 'payments.cases_paid',
            'cases_before': 'payments.cases_before',
        })) }} as evidence
    from payments
    where payments.place = 1
    group by payments.street_code, payments.newest_month
)

select
    md5(concat('payment_anomaly|', told.street_code, '|', told.event_key)) as warning_id,
    rules.rule_id,
    rules.name_zh as rule_name_zh,
    sub_types.severity,
    rules.handler_level,
    'street' as subject_type,
    told.street_code as subject_id,
    cast(null as {{ text_type() }}) as id_number,
    coalesce(streets.name_zh, told.street_code) as full_name,
    told.street_code as region_code,
    sub_types.sub_type,
    'confirmed' as confidence,
    told.event_key,
    due.due_on,
    told.evidence,
    {{ as_of() }} as as_of
from told
inner join {{ ref('rules') }} as rules on rules.rule_id = 'payment_anomaly'
inner join {{ ref('rule_sub_types') }} as sub_types
    on sub_types.rule_id = rules.rule_id and sub_types.sub_type = 'street_total'
inner join {{ ref('int_due_date') }} as due on sub_types.severity = due.severity
left join {{ ref('divisions') }} as streets on told.street_code = streets.division_code
