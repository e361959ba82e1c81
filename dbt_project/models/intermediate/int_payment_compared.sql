-- What a family is due for a month against what arrived, told of each of its cases. A family is due one amount: how the
-- platform divided it among the members is no anomaly, nor that it arrived under the case of one of them. Whoever is on
-- no household's benefit is a family alone, and so is a case that is not due (any more): what it got is nobody else's.
-- head_rank 1 is the head of those on the benefit in the month.
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
        due.uplift_percent,
        due.care_amount,
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
    left join {{ ref('rule_benefits') }} as monthly
        on
            monthly.rule_id = 'payment_anomaly'
            and cases.benefit_type = monthly.benefit_type
            and {{ in_force('monthly', 'months.pay_month') }}
    cross join parameters
)

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
    bool_or(compared.is_wrong_payee) over family as is_family_wrong_payee
from compared
window family as (partition by compared.family_id, compared.pay_month)
