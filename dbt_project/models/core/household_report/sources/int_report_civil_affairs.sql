-- What our own registries know: cremations, marriages, organisations, benefits, care homes.
select
    deaths.id_number,
    deaths.full_name,
    cast(deaths.feed_id as {{ text_type() }}) as feed_id,
    cast('death' as {{ text_type() }}) as item,
    cast('cremated' as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(deaths.death_date as date) as fact_date,
    cast(true as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(deaths.batch_id as {{ text_type() }}) as batch_id,
    deaths.row_no
from {{ ref('stg_civil_affairs__cremation') }} as deaths
where deaths.death_date <= {{ as_of() }}

union all

select
    marriages.husband_id_number as id_number,
    marriages.husband_name as full_name,
    cast(marriages.feed_id as {{ text_type() }}) as feed_id,
    cast('marriage' as {{ text_type() }}) as item,
    cast(marriages.event_type as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(marriages.registered_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(marriages.batch_id as {{ text_type() }}) as batch_id,
    marriages.row_no
from {{ ref('stg_civil_affairs__marriage') }} as marriages
where marriages.husband_id_number is not null

union all

select
    marriages.wife_id_number as id_number,
    marriages.wife_name as full_name,
    cast(marriages.feed_id as {{ text_type() }}) as feed_id,
    cast('marriage' as {{ text_type() }}) as item,
    cast(marriages.event_type as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(marriages.registered_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(marriages.batch_id as {{ text_type() }}) as batch_id,
    marriages.row_no
from {{ ref('stg_civil_affairs__marriage') }} as marriages
where marriages.wife_id_number is not null

union all

select
    organisations.legal_representative_id_number as id_number,
    organisations.legal_representative_name as full_name,
    cast(organisations.feed_id as {{ text_type() }}) as feed_id,
    cast('organisation' as {{ text_type() }}) as item,
    cast(concat('legal_representative ', organisations.state) as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(organisations.registered_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(organisations.batch_id as {{ text_type() }}) as batch_id,
    organisations.row_no
from {{ ref('stg_civil_affairs__social_organisation') }} as organisations
where organisations.legal_representative_id_number is not null

union all

select
    stays.id_number,
    stays.full_name,
    cast(stays.feed_id as {{ text_type() }}) as feed_id,
    cast('care_home' as {{ text_type() }}) as item,
    cast(stays.institution_id as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(stays.checked_in_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(stays.batch_id as {{ text_type() }}) as batch_id,
    stays.row_no
from {{ ref('stg_civil_affairs__elder_care__stay') }} as stays
where {{ stay_runs('stays') }}
