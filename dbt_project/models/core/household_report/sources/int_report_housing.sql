-- Titles, contracts to buy, and support with the rent.
select
    titles.id_number,
    titles.owner_name as full_name,
    cast(titles.feed_id as {{ text_type() }}) as feed_id,
    cast('property' as {{ text_type() }}) as item,
    cast(titles.dwelling_use as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(titles.registered_on as date) as fact_date,
    cast({{ is_premises('titles') }} as boolean) as speaks,
    cast({{ unit_of('titles') }} as {{ text_type() }}) as unit_no,
    cast({{ share_of('titles') }} as numeric(9, 6)) as owner_share,
    cast(titles.batch_id as {{ text_type() }}) as batch_id,
    titles.row_no
from {{ ref('stg_housing__real_estate_title') }} as titles
where {{ has_finding('titles') }} and {{ is_current_title('titles') }}

union all

select
    contracts.id_number,
    contracts.buyer_name as full_name,
    cast(contracts.feed_id as {{ text_type() }}) as feed_id,
    cast('purchase' as {{ text_type() }}) as item,
    cast(contracts.contract_no as {{ text_type() }}) as value,
    cast(contracts.price as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(contracts.registered_on as date) as fact_date,
    cast({{ is_new_contract('contracts', parameter_of('real_estate', 'contract_days')) }} as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(contracts.batch_id as {{ text_type() }}) as batch_id,
    contracts.row_no
from {{ ref('stg_housing__sale_contract') }} as contracts

union all

select
    rentals.id_number,
    rentals.applicant_name as full_name,
    cast(rentals.feed_id as {{ text_type() }}) as feed_id,
    cast('housing_support' as {{ text_type() }}) as item,
    cast(rentals.support_form as {{ text_type() }}) as value,
    cast(rentals.subsidy_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(rentals.moved_in_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(rentals.batch_id as {{ text_type() }}) as batch_id,
    rentals.row_no
from {{ ref('stg_housing__public_rental') }} as rentals
