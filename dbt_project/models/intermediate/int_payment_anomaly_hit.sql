-- What a case is due for a month against what arrived. Accounts come masked: one account of two families cannot be
-- seen here.
-- A family is due one amount: where it has arrived, how the platform divided it among the members is no anomaly.
-- The income is what the last review found: where that came after the first of the month, what was due is not known
-- for sure, and a difference is suspected only. Whether the month counts in which a benefit begins is not settled: a
-- payment for it is no payment after the end.
with parameters as (
    {{ parameters_of('payment_anomaly', ['pay_day']) }}
),

months as (
    select
        enrolment_id,
        pay_month
    from {{ ref('fct_entitlement') }}
    union
    select
        enrolment_id,
        pay_month
    from {{ ref('int_payment_round') }}
),

compared as (
    select
        cases.enrolment_id,
        cases.benefit_type,
        cases.start_date,
        cases.stop_date,
        cases.person_id,
        cases.id_number,
        cases.full_name,
        cases.region_code,
        cases.feed_id,
        cast(cases.batch_id as {{ text_type() }}) as batch_id,
        cases.row_no,
        benefits.rank as benefit_rank,
        case when benefits.raw_table <> cases.feed_id then benefits.raw_table end as raw_table,
        months.pay_month,
        due.amount as due_amount,
        due.enrolment_id is not null as is_due,
        due.rate,
        due.household_income,
        due.member_count,
        due.uplift_percent,
        due.care_amount,
        due.reason as due_reason,
        case
            when facts.last_review_on > months.pay_month and facts.last_review_on <= {{ as_of() }}
                then facts.last_review_on
        end as reviewed_since,
        facts.household_id is not null
        and count(*) over family = count(due.amount) over family
        and sum(due.amount) over family = sum(coalesce(paid.paid_amount, 0)) over family as is_family_right,
        coalesce(paid.paid_amount, 0) as paid_amount,
        paid.last_paid_on,
        coalesce(paid.is_paid, false) as is_paid,
        coalesce(paid.is_returned, false) as is_returned,
        coalesce(paid.is_wrong_payee, false) as is_wrong_payee,
        monthly.benefit_type is not null as is_monthly,
        {{ add_days('months.pay_month', 'parameters.pay_day - 1') }} as pay_by
    from months
    inner join {{ ref('fct_enrolment') }} as cases on months.enrolment_id = cases.enrolment_id
    inner join {{ ref('benefits') }} as benefits on cases.benefit_type = benefits.benefit_type
    left join {{ ref('fct_entitlement') }} as due
        on months.enrolment_id = due.enrolment_id and months.pay_month = due.pay_month
    left join {{ ref('int_case_of_month') }} as facts
        on months.enrolment_id = facts.enrolment_id and months.pay_month = facts.pay_month
    left join {{ ref('int_payment_round') }} as paid
        on months.enrolment_id = paid.enrolment_id and months.pay_month = paid.pay_month
    left join {{ ref('rule_benefits') }} as monthly
        on
            monthly.rule_id = 'payment_anomaly'
            and cases.benefit_type = monthly.benefit_type
            and {{ in_force('monthly', 'months.pay_month') }}
    cross join parameters
    window family as (partition by facts.household_id, months.pay_month)
),

judged as (
    select
        *,
        case
            when not is_due and {{ month_start('start_date') }} = pay_month then null
            when not is_due then case when paid_amount > 0 then 'not_due' end
            when not is_paid and is_returned then 'returned'
            when not is_paid then case when is_monthly and due_amount > 0 then 'not_paid' end
            when paid_amount <> due_amount and not is_family_right then 'amount_differs'
            when last_paid_on > pay_by then 'late'
            when is_wrong_payee then 'wrong_payee'
        end as sub_type
    from compared
),

payments as (
    select
        concat(benefits.feed_id, ':', paid.case_id) as enrolment_id,
        paid.pay_month,
        paid.amount,
        paid.result,
        paid.paid_on,
        paid.feed_id,
        cast(paid.batch_id as {{ text_type() }}) as batch_id,
        paid.row_no
    from {{ ref('stg_platform__payment_result') }} as paid
    inner join {{ ref('benefits') }} as benefits on paid.benefit_type = benefits.benefit_type
)

select
    {{ enrolment_columns('judged') }},
    judged.sub_type,
    case judged.sub_type
        when 'not_paid' then 1 when 'returned' then 2 when 'not_due' then 3
        when 'amount_differs' then 4 when 'late' then 5 else 6
    end as sub_type_rank,
    concat('pay:', substr({{ iso_date('judged.pay_month') }}, 1, 7), ':', judged.benefit_type) as event_key,
    case judged.sub_type
        when 'wrong_payee' then false when 'amount_differs' then judged.reviewed_since is null else true
    end as names_agree,
    {{ benefit_evidence('judged', {
        'pay_month': 'judged.pay_month',
        'due_amount': 'judged.due_amount',
        'paid_amount': 'judged.paid_amount',
        'pay_by': 'judged.pay_by',
        'rate': 'judged.rate',
        'household_income': 'judged.household_income',
        'members': 'judged.member_count',
        'uplift_percent': 'judged.uplift_percent',
        'care_amount': 'judged.care_amount',
        'due_reason': 'judged.due_reason',
        'reviewed_since': 'judged.reviewed_since',
    }) }} as benefit_evidence,
    case when payments.enrolment_id is not null then {{ fact_evidence('payments', {
        'amount': 'payments.amount',
        'result': 'payments.result',
        'paid_on': 'payments.paid_on',
    }) }} end as fact_evidence
from judged
left join payments
    on judged.enrolment_id = payments.enrolment_id and judged.pay_month = payments.pay_month
where judged.sub_type is not null
