-- Benefits that run, of the six registries.
select
    members.id_number,
    members.full_name,
    cast(members.feed_id as {{ text_type() }}) as feed_id,
    cast('benefit' as {{ text_type() }}) as item,
    cast('dibao' as {{ text_type() }}) as value,
    cast(members.monthly_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(members.start_date as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(members.batch_id as {{ text_type() }}) as batch_id,
    members.row_no
from {{ ref('stg_civil_affairs__dibao') }} as members
where {{ benefit_runs('members') }}

union all

select
    members.id_number,
    members.full_name,
    cast(members.feed_id as {{ text_type() }}) as feed_id,
    cast('benefit' as {{ text_type() }}) as item,
    cast('low_income' as {{ text_type() }}) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(members.start_date as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(members.batch_id as {{ text_type() }}) as batch_id,
    members.row_no
from {{ ref('stg_civil_affairs__low_income') }} as members
where {{ benefit_runs('members') }}

union all

select
    cases.id_number,
    cases.full_name,
    cast(cases.feed_id as {{ text_type() }}) as feed_id,
    cast('benefit' as {{ text_type() }}) as item,
    cast('tekun' as {{ text_type() }}) as value,
    cast(coalesce(cases.basic_amount, 0) + coalesce(cases.care_amount, 0) as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(cases.start_date as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(cases.batch_id as {{ text_type() }}) as batch_id,
    cases.row_no
from {{ ref('stg_civil_affairs__tekun') }} as cases
where {{ benefit_runs('cases') }}

union all

select
    cases.id_number,
    cases.full_name,
    cast(cases.feed_id as {{ text_type() }}) as feed_id,
    cast('benefit' as {{ text_type() }}) as item,
    cast('orphan' as {{ text_type() }}) as value,
    cast(cases.monthly_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(cases.start_date as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(cases.batch_id as {{ text_type() }}) as batch_id,
    cases.row_no
from {{ ref('stg_civil_affairs__orphan') }} as cases
where {{ benefit_runs('cases') }}

union all

select
    cases.id_number,
    cases.full_name,
    cast(cases.feed_id as {{ text_type() }}) as feed_id,
    cast('benefit' as {{ text_type() }}) as item,
    cast(concat('disability_', cases.allowance_type) as {{ text_type() }}) as value,
    cast(cases.monthly_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(cases.start_date as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(cases.batch_id as {{ text_type() }}) as batch_id,
    cases.row_no
from {{ ref('stg_civil_affairs__disability_allowance') }} as cases
where {{ benefit_runs('cases') }}

union all

select
    cases.id_number,
    cases.full_name,
    cast(cases.feed_id as {{ text_type() }}) as feed_id,
    cast('benefit' as {{ text_type() }}) as item,
    cast('old_age' as {{ text_type() }}) as value,
    cast(cases.monthly_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(cases.start_date as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(cases.batch_id as {{ text_type() }}) as batch_id,
    cases.row_no
from {{ ref('stg_civil_affairs__elder_care__old_age_allowance') }} as cases
where {{ benefit_runs('cases') }}
