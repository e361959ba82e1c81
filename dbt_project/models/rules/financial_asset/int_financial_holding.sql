{{ config(indexes=[{'columns': ['id_number']}]) }}

-- What banks, the securities depository and the insurers answered recently enough to count, a row per account or
-- policy. amount: yuan that count as the family's means (debts do not); debits: large payments of half a year.
{%- set amount = 'numeric(14, 2)' %}

with parameters as (
    {{ parameters_of('financial_asset', ['reply_days']) }}
),

holdings as (
    {% for bank in banks() -%}
    select
        accounts.id_number,
        accounts.full_name,
        {{ account_means('accounts') }} as amount,
        coalesce(accounts.large_debits_half_year, 0) as debits,
        accounts.queried_on as known_on,
        accounts.feed_id,
        accounts.batch_id,
        accounts.row_no
    from {{ ref('stg_finance__' ~ bank) }} as accounts
    where {{ has_finding('accounts') }}
    union all
    {% endfor -%}
    select
        securities.id_number,
        securities.full_name,
        coalesce(securities.market_value, 0) as amount,
        cast(0 as {{ amount }}) as debits,
        securities.valued_on as known_on,
        securities.feed_id,
        securities.batch_id,
        securities.row_no
    from {{ ref('stg_finance__chinaclear') }} as securities
    where {{ has_finding('securities') }}
    union all
    -- insurers do not say of which day the value is: the day of their answer counts
    {% for insurer in insurers() -%}
    select
        policies.id_number,
        policies.full_name,
        coalesce(policies.cash_value, 0) as amount,
        cast(0 as {{ amount }}) as debits,
        batches.as_of as known_on,
        policies.feed_id,
        policies.batch_id,
        policies.row_no
    from {{ ref('stg_finance__' ~ insurer) }} as policies
    inner join {{ ref('stg_current_batches') }} as batches on policies.batch_id = batches.batch_id
    where {{ is_live_policy('policies') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor -%}
)

select
    holdings.id_number,
    holdings.full_name,
    cast(holdings.amount as {{ amount }}) as amount,
    cast(holdings.debits as {{ amount }}) as debits,
    holdings.known_on,
    holdings.feed_id,
    cast(holdings.batch_id as {{ text_type() }}) as batch_id,
    holdings.row_no
from holdings
cross join parameters
where
    holdings.known_on >= {{ add_days(as_of(), '-parameters.reply_days') }}
    and (holdings.amount > 0 or holdings.debits > 0)
