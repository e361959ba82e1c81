-- Accounts of all banks, policies of the insurers, and the securities depository.
{% for bank in banks() -%}
select
    accounts.id_number,
    accounts.full_name,
    cast(accounts.feed_id as {{ text_type() }}) as feed_id,
    cast('deposit' as {{ text_type() }}) as item,
    cast(accounts.account_type as {{ text_type() }}) as value,
    cast({{ account_means('accounts') }} as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(accounts.large_debits_half_year as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(accounts.queried_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(accounts.batch_id as {{ text_type() }}) as batch_id,
    accounts.row_no
from {{ ref('stg_finance__' ~ bank) }} as accounts
where {{ has_finding('accounts') }}

union all

{% endfor -%}
{% for insurer in insurers() -%}
select
    policies.id_number,
    policies.full_name,
    cast(policies.feed_id as {{ text_type() }}) as feed_id,
    cast('insurance' as {{ text_type() }}) as item,
    cast(policies.insurance_kind as {{ text_type() }}) as value,
    cast(policies.cash_value as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(null as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(policies.batch_id as {{ text_type() }}) as batch_id,
    policies.row_no
from {{ ref('stg_finance__' ~ insurer) }} as policies
where {{ is_live_policy('policies') }}

union all

{% endfor -%}
select
    securities.id_number,
    securities.full_name,
    cast(securities.feed_id as {{ text_type() }}) as feed_id,
    cast('securities' as {{ text_type() }}) as item,
    cast('securities' as {{ text_type() }}) as value,
    cast(securities.market_value as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(securities.valued_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(securities.batch_id as {{ text_type() }}) as batch_id,
    securities.row_no
from {{ ref('stg_finance__chinaclear') }} as securities
where {{ has_finding('securities') }}
