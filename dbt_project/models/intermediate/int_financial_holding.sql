{{ config(indexes=[{'columns': ['id_number']}]) }}

-- What banks, the securities depository and the insurer answered lately enough to be believed: an account or
-- policy a row. amount: yuan that count as the family's means (debts do not); debits: large payments of half a year.
{%- set banks = [
    'abc', 'boc', 'bocom', 'ccb', 'ceb', 'cib', 'citic', 'cmb', 'cmbc', 'icbc', 'jinzhou', 'psbc', 'shengjing',
    'shenyang_rural_commercial', 'spdb',
] %}
{%- set amount = 'numeric(14, 2)' %}

with parameters as (
    {{ parameters_of('financial_asset', ['reply_days']) }}
),

holdings as (
    {% for bank in banks -%}
    select
        id_number,
        full_name,
        case
            when account_type = 'loan' then 0
            else coalesce(balance, 0) + coalesce(wealth_products, 0)
        end as amount,
        coalesce(large_debits_half_year, 0) as debits,
        queried_on as known_on,
        feed_id,
        batch_id,
        row_no
    from {{ ref('stg_finance__' ~ bank) }}
    where answer = 'found'
    union all
    {% endfor -%}
    select
        id_number,
        full_name,
        coalesce(market_value, 0) as amount,
        cast(0 as {{ amount }}) as debits,
        valued_on as known_on,
        feed_id,
        batch_id,
        row_no
    from {{ ref('stg_finance__chinaclear') }}
    where answer = 'found'
    union all
    -- insurers do not say of which day the value is: the day of their answer counts
    {% for insurer in ['china_life', 'ping_an'] -%}
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
    where policies.answer = 'found' and policies.policy_status = 'active'
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
