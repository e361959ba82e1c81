{{ config(indexes=[{'columns': ['id_number']}]) }}

-- Incomes that run at the business date, from four registers: work, pension, unemployment benefit, the payroll of the
-- state. Also work that is insured on another amount than its wage. began_on is null where the first day does not
-- matter.
with parameters as (
    {{ parameters_of('income_change', ['wage_gap_percent']) }}
),

work as (
    select
        jobs.record_no,
        jobs.id_number,
        jobs.full_name,
        jobs.employed_on,
        jobs.monthly_wage,
        jobs.feed_id,
        cast(jobs.batch_id as {{ text_type() }}) as batch_id,
        jobs.row_no
    from {{ ref('stg_social_security__employment_register') }} as jobs
    where {{ work_runs('jobs') }}
),

pensions as (
    select
        id_number,
        full_name,
        insurance_status,
        contribution_base,
        pension_amount,
        pension_start_month,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_social_security__employee_pension') }}
),

gaps as (
    select
        pensions.id_number,
        pensions.full_name,
        work.full_name as work_full_name,
        work.record_no,
        work.monthly_wage,
        pensions.contribution_base,
        work.feed_id as work_feed_id,
        work.batch_id as work_batch_id,
        work.row_no as work_row_no,
        pensions.feed_id,
        pensions.batch_id,
        pensions.row_no
    from pensions
    inner join work on pensions.id_number = work.id_number
    cross join parameters
    where
        pensions.insurance_status = 'paying'
        and 100 * abs(pensions.contribution_base - work.monthly_wage)
        > parameters.wage_gap_percent * work.monthly_wage
)

select
    id_number,
    full_name,
    'employed' as sub_type,
    concat('employment:', record_no) as event_key,
    employed_on as began_on,
    monthly_wage as amount,
    feed_id,
    batch_id,
    row_no
from work

union all

select
    id_number,
    full_name,
    'pension_started' as sub_type,
    concat('pension:', {{ iso_date('pension_start_month') }}) as event_key,
    pension_start_month as began_on,
    pension_amount as amount,
    feed_id,
    batch_id,
    row_no
from pensions
where {{ pension_runs('pensions') }}

union all

select
    unemployed.id_number,
    unemployed.full_name,
    'unemployment_benefit' as sub_type,
    concat('unemployment:', {{ iso_date('unemployed.benefit_start_month') }}) as event_key,
    unemployed.benefit_start_month as began_on,
    unemployed.benefit_amount as amount,
    unemployed.feed_id,
    cast(unemployed.batch_id as {{ text_type() }}) as batch_id,
    unemployed.row_no
from {{ ref('stg_social_security__unemployment_insurance') }} as unemployed
where {{ unemployment_benefit_runs('unemployed') }}

union all

select
    id_number,
    full_name,
    'state_paid' as sub_type,
    'public_payroll' as event_key,
    cast(null as date) as began_on,
    monthly_salary as amount,
    feed_id,
    cast(batch_id as {{ text_type() }}) as batch_id,
    row_no
from {{ ref('stg_social_security__public_payroll') }}

union all

select
    id_number,
    full_name,
    'wage_gap' as sub_type,
    concat('wage_gap:', record_no) as event_key,
    cast(null as date) as began_on,
    contribution_base as amount,
    feed_id,
    batch_id,
    row_no
from gaps

union all

-- the other side of the same gap, under its own name
select
    id_number,
    work_full_name as full_name,
    'wage_gap' as sub_type,
    concat('wage_gap:', record_no) as event_key,
    cast(null as date) as began_on,
    monthly_wage as amount,
    work_feed_id as feed_id,
    work_batch_id as batch_id,
    work_row_no as row_no
from gaps
