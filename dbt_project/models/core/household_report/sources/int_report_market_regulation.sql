-- Roles in registered businesses.
select
    roles.id_number,
    roles.full_name,
    cast(roles.feed_id as {{ text_type() }}) as feed_id,
    cast('business' as {{ text_type() }}) as item,
    cast(concat(roles.role, ' ', roles.registration_status) as {{ text_type() }}) as value,
    cast(roles.subscribed_capital as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(roles.established_on as date) as fact_date,
    cast({{ is_live_business('roles') }} and {{ owns_or_runs('roles.role') }} as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(roles.batch_id as {{ text_type() }}) as batch_id,
    roles.row_no
from {{ ref('stg_market_regulation__enterprise') }} as roles

union all

select
    shops.id_number,
    shops.full_name,
    cast(shops.feed_id as {{ text_type() }}) as feed_id,
    cast('business' as {{ text_type() }}) as item,
    cast(concat('operator ', shops.registration_status) as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(shops.established_on as date) as fact_date,
    cast({{ is_live_business('shops') }} as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(shops.batch_id as {{ text_type() }}) as batch_id,
    shops.row_no
from {{ ref('stg_market_regulation__individual_business') }} as shops

union all

select
    members.id_number,
    members.full_name,
    cast(members.feed_id as {{ text_type() }}) as feed_id,
    cast('business' as {{ text_type() }}) as item,
    cast(concat('member ', members.registration_status) as {{ text_type() }}) as value,
    cast(members.contribution_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(members.established_on as date) as fact_date,
    cast({{ is_live_business('members') }} as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(members.batch_id as {{ text_type() }}) as batch_id,
    members.row_no
from {{ ref('stg_market_regulation__farmer_cooperative') }} as members
