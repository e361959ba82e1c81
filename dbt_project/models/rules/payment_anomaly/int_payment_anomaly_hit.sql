-- What a family is due for a month, compared with what arrived. One anomaly per family and month, about its head, with
-- the cases of all members and their payments. How the platform divided the amount among the members does not matter,
-- nor under whose case it arrived. A person on no household's benefit is a family alone; so is a case that is not due
-- (any more). A shared account with another family is only suspected.
-- The most serious finding names the anomaly; `findings` lists all. The income is that of the last review: if the
-- review came after the first of the month, the amount due is uncertain and a difference is only suspected. If the
-- amount due is unknown, a missing payment is only suspected as well. It is not settled whether the month counts in
-- which a benefit begins: a payment for it is not a payment after the end.
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
        coalesce(facts.household_id, months.enrolment_id) as family_id,
        case when words.kin = 'head' then 0 else 1 end as head_first,
        due.amount as due_amount,
        due.enrolment_id is not null as is_due,
        due.rate,
        due.household_income,
        due.member_count,
        due.uplift_percent as due_uplift_percent,
        due.care_amount as due_care_amount,
        facts.registered_uplift_percent,
        facts.registered_care_amount,
        due.reason as due_reason,
        case
            when facts.last_review_on > months.pay_month and facts.last_review_on <= {{ as_of() }}
                then facts.last_review_on
        end as reviewed_since,
        coalesce(paid.paid_amount, 0) as paid_amount,
        paid.last_paid_on,
        coalesce(paid.is_paid, false) as is_paid,
        coalesce(paid.is_returned, false) as is_returned,
        coalesce(paid.is_wrong_payee, false) as is_wrong_payee,
        shared.account,
        shared.families as account_families,
        shared.households as account_households,
        shared.cases as account_cases,
        monthly.benefit_type is not null as is_monthly,
        {{ add_days('months.pay_month', 'parameters.pay_day - 1') }} as pay_by
    from months
    inner join {{ ref('fct_enrolment') }} as cases on months.enrolment_id = cases.enrolment_id
    inner join {{ ref('benefits') }} as benefits on cases.benefit_type = benefits.benefit_type
    left join {{ ref('fct_entitlement') }} as due
        on months.enrolment_id = due.enrolment_id and months.pay_month = due.pay_month
    left join {{ ref('int_case_of_month') }} as facts
        on months.enrolment_id = facts.enrolment_id and months.pay_month = facts.pay_month
    left join {{ ref('dim_household_member') }} as kin on months.enrolment_id = kin.enrolment_id
    left join {{ ref('kin_words') }} as words on kin.relation_to_head = words.relation_to_head
    left join {{ ref('int_payment_round') }} as paid
        on months.enrolment_id = paid.enrolment_id and months.pay_month = paid.pay_month
    left join {{ ref('int_shared_account') }} as shared
        on months.enrolment_id = shared.enrolment_id and months.pay_month = shared.pay_month
    left join {{ ref('rule_benefits') }} as monthly
        on
            monthly.rule_id = 'payment_anomaly'
            and cases.benefit_type = monthly.benefit_type
            and {{ in_force('monthly', 'months.pay_month') }}
    cross join parameters
),

families as (
    select
        compared.*,
        row_number() over (
            partition by compared.family_id, compared.pay_month order by compared.head_first, compared.enrolment_id
        ) as head_rank,
        count(*) over family as cases_of_family,
        count(*) over family = count(compared.due_amount) over family as is_due_known,
        sum(coalesce(compared.due_amount, 0)) over family as family_due,
        sum(compared.paid_amount) over family as family_paid,
        max(compared.last_paid_on) over family as family_paid_on,
        max(compared.reviewed_since) over family as family_reviewed_since,
        bool_or(compared.is_paid) over family as is_family_paid,
        bool_or(compared.is_returned and not compared.is_paid) over family as is_family_returned,
        bool_or(compared.is_wrong_payee) over family as is_family_wrong_payee,
        bool_or(compared.account is not null) over family as is_family_account_shared
    from compared
    window family as (partition by compared.family_id, compared.pay_month)
),

found as (
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
        case when is_family_account_shared then 'shared_account' end as sharing,
        case when is_due and family_paid_on > pay_by then 'late' end as lateness
    from families
),

judged as (
    select
        *,
        coalesce(missing, undue, difference, payee, sharing, lateness) as sub_type,
        concat_ws('+', missing, undue, difference, payee, sharing, lateness) as findings
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
        when 'amount_differs' then 4 when 'wrong_payee' then 5 when 'shared_account' then 6 else 7
    end as sub_type_rank,
    concat('pay:', substr({{ iso_date('heads.pay_month') }}, 1, 7), ':', heads.benefit_type) as event_key,
    case heads.sub_type
        when 'wrong_payee' then false
        when 'shared_account' then false
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
        'uplift_percent': 'judged.registered_uplift_percent',
        'due_uplift_percent': 'judged.due_uplift_percent',
        'care_amount': 'judged.registered_care_amount',
        'due_care_amount': 'judged.due_care_amount',
        'due_reason': 'judged.due_reason',
        'reviewed_since': 'judged.reviewed_since',
        'account': 'judged.account',
        'account_families': 'judged.account_families',
        'account_households': 'judged.account_households',
        'account_cases': 'judged.account_cases',
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
