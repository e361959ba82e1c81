-- Accounts of both centres, compared with the minimum wage.
select
    accounts.id_number,
    accounts.full_name,
    cast(accounts.feed_id as {{ text_type() }}) as feed_id,
    cast('provident_fund' as {{ text_type() }}) as item,
    cast(accounts.account_status as {{ text_type() }}) as value,
    cast(accounts.contribution_base as numeric(14, 2)) as amount,
    cast(({{ minimum_wage() }}) as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(accounts.last_deposit_month as date) as fact_date,
    cast(
        {{ is_fund_account_in_use('accounts') }} and accounts.contribution_base > ({{ minimum_wage() }})
        as boolean
    ) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(accounts.batch_id as {{ text_type() }}) as batch_id,
    accounts.row_no
from {{ ref('stg_provident_fund__city_centre') }} as accounts
where {{ has_finding('accounts') }}

union all

select
    accounts.id_number,
    accounts.full_name,
    cast(accounts.feed_id as {{ text_type() }}) as feed_id,
    cast('provident_fund' as {{ text_type() }}) as item,
    cast(accounts.account_status as {{ text_type() }}) as value,
    cast(accounts.contribution_base as numeric(14, 2)) as amount,
    cast(({{ minimum_wage() }}) as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(null as date) as fact_date,
    cast(
        {{ is_fund_account_in_use('accounts') }} and accounts.contribution_base > ({{ minimum_wage() }})
        as boolean
    ) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(accounts.batch_id as {{ text_type() }}) as batch_id,
    accounts.row_no
from {{ ref('stg_provident_fund__provincial_branch') }} as accounts
