-- The register, moves, deaths, custody, vehicles and journeys.
select
    answers.id_number,
    answers.full_name,
    cast(answers.feed_id as {{ text_type() }}) as feed_id,
    cast('register' as {{ text_type() }}) as item,
    cast(concat(answers.register_status, ' ', answers.register_district) as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(null as date) as fact_date,
    cast({{ register_finding('answers') }} is not null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(answers.batch_id as {{ text_type() }}) as batch_id,
    answers.row_no
from {{ ref('stg_public_security__household_register') }} as answers

union all

-- a move out speaks against the person unless another move came after it
select
    moves.id_number,
    moves.full_name,
    cast(moves.feed_id as {{ text_type() }}) as feed_id,
    cast('move' as {{ text_type() }}) as item,
    cast(concat(moves.direction, ' ', coalesce(moves.to_district, 'not_told')) as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(moves.moved_on as date) as fact_date,
    cast(
        {{ leads_out_of_city('moves') }}
        and not exists (
            select 1 from {{ ref('stg_public_security__migration') }} as later
            where
                later.id_number = moves.id_number
                and later.moved_on <= {{ as_of() }}
                and (
                    later.moved_on > moves.moved_on
                    or (later.moved_on = moves.moved_on and later.direction = 'in')
                )
        )
        as boolean
    ) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(moves.batch_id as {{ text_type() }}) as batch_id,
    moves.row_no
from {{ ref('stg_public_security__migration') }} as moves
where moves.moved_on <= {{ as_of() }}

union all

select
    deaths.id_number,
    deaths.full_name,
    cast(deaths.feed_id as {{ text_type() }}) as feed_id,
    cast('death' as {{ text_type() }}) as item,
    cast('dead' as {{ text_type() }}) as value,
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
from {{ ref('stg_public_security__death_cancellation') }} as deaths
where deaths.death_date <= {{ as_of() }}

union all

select
    prison.id_number,
    prison.full_name,
    cast(prison.feed_id as {{ text_type() }}) as feed_id,
    cast('custody' as {{ text_type() }}) as item,
    cast('prison' as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(prison.sentence_start as date) as fact_date,
    cast({{ serves_sentence('prison.sentence_start', prison_until('prison')) }} as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(prison.batch_id as {{ text_type() }}) as batch_id,
    prison.row_no
from {{ ref('stg_public_security__prison') }} as prison

union all

select
    custody.id_number,
    custody.full_name,
    cast(custody.feed_id as {{ text_type() }}) as feed_id,
    cast('custody' as {{ text_type() }}) as item,
    cast('custody' as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(custody.custody_start as date) as fact_date,
    cast(
        {{ is_in_long_custody(
            'custody.custody_start', 'custody.custody_end', parameter_of('imprisoned', 'custody_days')
        ) }}
        as boolean
    ) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(custody.batch_id as {{ text_type() }}) as batch_id,
    custody.row_no
from {{ ref('stg_public_security__detention') }} as custody

union all

select
    owned.id_number,
    owned.full_name,
    cast(owned.feed_id as {{ text_type() }}) as feed_id,
    cast('vehicle' as {{ text_type() }}) as item,
    cast(concat(owned.plate_type, ' ', owned.state) as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(owned.first_registered_on as date) as fact_date,
    cast(
        {{ is_on_the_road('owned') }}
        and owned.plate_type in (select counted.plate_type from ({{ counted_vehicle_kinds() }}) as counted)
        as boolean
    ) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(owned.batch_id as {{ text_type() }}) as batch_id,
    owned.row_no
from {{ ref('stg_public_security__vehicle') }} as owned
where {{ has_finding('owned') }}

union all

select
    journeys.id_number,
    journeys.full_name,
    cast(journeys.feed_id as {{ text_type() }}) as feed_id,
    cast('travel' as {{ text_type() }}) as item,
    cast(concat(journeys.direction, ' ', journeys.destination) as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(journeys.crossed_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(journeys.batch_id as {{ text_type() }}) as batch_id,
    journeys.row_no
from {{ ref('stg_public_security__exit_entry') }} as journeys
where {{ has_finding('journeys') }}
