-- Accounts in use at either centre: deposits on a wage above the minimum, and deposits for people who draw unemployment
-- benefit (both under one number). An account under a former number of the member is only suspected. Withdrawals are in
-- no feed, so that case of the rule cannot be seen.
with parameters as (
    {{ parameters_of('provident_fund', ['deposit_months']) }}
),

wages as (
    {{ minimum_wage() | indent(4) }}
),

members as (
    select enrolments.*
    from {{ ref('int_active_enrolment') }} as enrolments
    {{ only_benefits_of('provident_fund', 'enrolments') }}
),

accounts as (
    select
        stated.id_number,
        stated.full_name,
        stated.contribution_base,
        stated.monthly_deposit,
        stated.last_deposit_month,
        stated.feed_id,
        cast(stated.batch_id as {{ text_type() }}) as batch_id,
        stated.row_no
    from {{ ref('stg_provident_fund__city_centre') }} as stated
    where {{ is_fund_account_in_use('stated') }}
    union all
    select
        stated.id_number,
        stated.full_name,
        stated.contribution_base,
        cast(null as numeric(14, 2)) as monthly_deposit,
        cast(null as date) as last_deposit_month,
        stated.feed_id,
        cast(stated.batch_id as {{ text_type() }}) as batch_id,
        stated.row_no
    from {{ ref('stg_provident_fund__provincial_branch') }} as stated
    where {{ is_fund_account_in_use('stated') }}
),

unemployed as (
    select distinct id_number from {{ ref('int_income') }}
    where sub_type = 'unemployment_benefit'
),

found as (
    select
        accounts.*,
        'base_above_minimum_wage' as sub_type,
        1 as sub_type_rank,
        'fund_base' as event_key,
        wages.monthly_amount as minimum_wage
    from accounts
    cross join wages
    where accounts.contribution_base > wages.monthly_amount
    union all
    select
        accounts.*,
        'deposit_while_unemployed' as sub_type,
        2 as sub_type_rank,
        'fund_deposit' as event_key,
        wages.monthly_amount as minimum_wage
    from accounts
    inner join unemployed on accounts.id_number = unemployed.id_number
    cross join wages
    cross join parameters
    where
        accounts.monthly_deposit > 0
        and accounts.last_deposit_month <= {{ as_of() }}
        and {{ months_between_dates('accounts.last_deposit_month', as_of()) }} < parameters.deposit_months
)

select
    {{ enrolment_columns('members') }},
    found.sub_type,
    found.sub_type_rank,
    found.event_key,
    {{ surely_one_person('members', 'found') }} as names_agree,
    {{ benefit_evidence('members') }} as benefit_evidence,
    {{ fact_evidence('found', {
        'contribution_base': 'found.contribution_base',
        'minimum_wage': 'found.minimum_wage',
        'monthly_deposit': 'found.monthly_deposit',
        'last_deposit_month': 'found.last_deposit_month',
        'found_by': found_by('members', 'found'),
    }) }} as fact_evidence
from members
inner join {{ ref('dim_person_alias') }} as persons on members.person_id = persons.person_id
inner join found on persons.id_number = found.id_number and {{ may_be_one_person('members', 'found') }}
