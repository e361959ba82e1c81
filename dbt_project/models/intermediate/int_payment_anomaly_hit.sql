-- What a family is due for a month against what arrived: one anomaly, told of its head, with the cases of all members
-- and their payments. Accounts come masked: one account of two families cannot be seen here.
-- The gravest finding names the anomaly, `findings` lists all. The income is what the last review found: where that came
-- after the first of the month, what was due is not known for sure, and a difference is suspected only. So is that
-- nothing arrived where nobody knows what is due. Whether the month counts in which a benefit begins is not settled: a
-- payment for it is no payment after the end.
with found as (
    select
        *,
        case
            when not is_due then null
            when is_family_returned and (not is_family_paid or family_paid < family_due) then 'returned'
            when not is_family_paid and is_monthly and (family_due > 0 or not is_due_known) then 'not_paid'
        end as missing,
        case
            when not is_due and family_paid > 0 and {{ month_start('start_date') }} <> pay_month then 'not_due'
        end as undue,
        case
            when
                is_due and is_family_paid
                and (family_paid < family_due or (is_due_known and family_paid > family_due))
                then 'amount_differs'
        end as difference,
        case when is_family_wrong_payee then 'wrong_payee' end as payee,
        case when is_due and family_paid_on > pay_by then 'late' end as lateness
    from {{ ref('int_payment_compared') }}
),

judged as (
    select
        *,
        coalesce(missing, undue, difference, payee, lateness) as sub_type,
        concat_ws('+', missing, undue, difference, payee, lateness) as findings
    from found
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
    {{ enrolment_columns('heads') }},
    heads.sub_type,
    case heads.sub_type
        when 'not_paid' then 1 when 'returned' then 2 when 'not_due' then 3
        when 'amount_differs' then 4 when 'wrong_payee' then 5 else 6
    end as sub_type_rank,
    concat('pay:', substr({{ iso_date('heads.pay_month') }}, 1, 7), ':', heads.benefit_type) as event_key,
    case heads.sub_type
        when 'wrong_payee' then false
        when 'amount_differs' then heads.family_reviewed_since is null
        when 'not_paid' then heads.family_due > 0
        else true
    end as names_agree,
    {{ benefit_evidence('judged', {
        'pay_month': 'judged.pay_month',
        'findings': 'judged.findings',
        'due_amount': 'judged.due_amount',
        'paid_amount': 'judged.paid_amount',
        'family_due': 'case when judged.cases_of_family > 1 and judged.is_due_known then judged.family_due end',
        'family_paid': 'case when judged.cases_of_family > 1 then judged.family_paid end',
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
from judged as heads
inner join judged on heads.family_id = judged.family_id and heads.pay_month = judged.pay_month
left join payments
    on judged.enrolment_id = payments.enrolment_id and judged.pay_month = payments.pay_month
where heads.head_rank = 1 and heads.sub_type is not null
