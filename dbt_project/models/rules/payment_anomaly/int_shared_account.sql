{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- Cases paid to an account that another family was paid to in the same month, where nobody may be paid for both
-- families (int_payee): a guardian of children in two homes, or a grandmother in both books, may use one account for
-- all. A family is a household, that of the person if the case names none, or else the person alone. An account is
-- known by its digest only, and only if the platform sent the whole number. The account of an institution holds the
-- money of all its residents: it is recognised by payments to people in central support, where the registry names the
-- institution (tekun) or it is the guardian (orphan). At most ten cases and households are listed; the counts are
-- complete.
with parameters as (
    {{ parameters_of('payment_anomaly', ['shared_account_families']) }}
),

homes as (
    select
        person_id,
        min(household_id) as household_id
    from {{ ref('fct_enrolment') }}
    where household_id is not null
    group by person_id
),

paid as (
    select
        payments.account_digest,
        payments.account_no,
        payments.pay_month,
        cases.enrolment_id,
        cases.person_id,
        coalesce(cases.household_id, homes.household_id) as household_id,
        coalesce(cases.household_id, homes.household_id, cases.person_id) as family_id,
        orphans.case_id is not null
        or {{ names_agree('payments.payee_name', as_name('tekun.institution_name')) }} as is_institution
    from {{ ref('stg_platform__payment_result') }} as payments
    inner join {{ ref('int_pay_month') }} as months on payments.pay_month = months.pay_month
    inner join {{ ref('benefits') }} as benefits on payments.benefit_type = benefits.benefit_type
    inner join {{ ref('fct_enrolment') }} as cases
        on cases.enrolment_id = concat(benefits.feed_id, ':', payments.case_id)
    left join homes on cases.person_id = homes.person_id
    left join {{ ref('stg_civil_affairs__tekun') }} as tekun
        on
            cases.enrolment_id = concat(tekun.feed_id, ':', tekun.case_id)
            and tekun.support_form = 'central'
    left join {{ ref('stg_civil_affairs__orphan') }} as orphans
        on
            cases.enrolment_id = concat(orphans.feed_id, ':', orphans.case_id)
            and orphans.support_form = 'central'
    where payments.result = 'paid' and payments.account_digest is not null
),

accounts as (
    select
        account_digest,
        pay_month,
        max(account_no) as account,
        count(distinct family_id) as families
    from paid
    group by account_digest, pay_month
    having count(distinct family_id) > 1 and not bool_or(is_institution)
),

shared as (
    select distinct
        paid.account_digest,
        paid.pay_month,
        paid.enrolment_id,
        paid.person_id,
        paid.household_id,
        paid.family_id
    from paid
    inner join accounts on paid.account_digest = accounts.account_digest and paid.pay_month = accounts.pay_month
),

payees as (
    select
        account_digest,
        pay_month,
        family_id,
        person_id as payee
    from shared

    union

    select
        shared.account_digest,
        shared.pay_month,
        shared.family_id,
        coalesce(persons.person_id, kin.id_number, kin.full_name) as payee
    from shared
    inner join {{ ref('int_payee') }} as kin on shared.person_id = kin.person_id
    left join {{ ref('dim_person_alias') }} as persons on kin.id_number = persons.id_number
),

tied as (
    select
        one.account_digest,
        one.pay_month,
        one.family_id,
        count(distinct other.family_id) as families
    from payees as one
    inner join payees as other
        on
            one.account_digest = other.account_digest
            and one.pay_month = other.pay_month
            and one.payee = other.payee
            and one.family_id <> other.family_id
    group by one.account_digest, one.pay_month, one.family_id
),

ranked as (
    select
        account_digest,
        pay_month,
        enrolment_id,
        household_id,
        dense_rank() over (partition by account_digest, pay_month order by enrolment_id) as case_rank,
        dense_rank() over (partition by account_digest, pay_month order by household_id) as household_rank
    from shared
),

listed as (
    select
        account_digest,
        pay_month,
        {{ text_list('case when case_rank <= 10 then enrolment_id end') }} as cases,
        {{ text_list('case when household_rank <= 10 then household_id end') }} as households
    from ranked
    group by account_digest, pay_month
),

told as (
    select
        shared.enrolment_id,
        shared.pay_month,
        accounts.account,
        accounts.families,
        listed.cases,
        listed.households,
        row_number() over (
            partition by shared.enrolment_id, shared.pay_month
            order by accounts.families desc, accounts.account_digest asc
        ) as widest
    from shared
    cross join parameters
    inner join accounts
        on shared.account_digest = accounts.account_digest and shared.pay_month = accounts.pay_month
    inner join listed on shared.account_digest = listed.account_digest and shared.pay_month = listed.pay_month
    left join tied
        on
            shared.account_digest = tied.account_digest
            and shared.pay_month = tied.pay_month
            and shared.family_id = tied.family_id
    where accounts.families - coalesce(tied.families, 0) >= parameters.shared_account_families
)

select
    enrolment_id,
    pay_month,
    account,
    families,
    cases,
    households
from told
where widest = 1
