-- Work, pay by the state, pensions, unemployment benefit and care after an injury at work.
select
    jobs.id_number,
    jobs.full_name,
    cast(jobs.feed_id as {{ text_type() }}) as feed_id,
    cast('employment' as {{ text_type() }}) as item,
    cast(jobs.employer_name as {{ text_type() }}) as value,
    cast(jobs.monthly_wage as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(jobs.monthly_wage as numeric(14, 2)) as income,
    cast(jobs.employed_on as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(jobs.batch_id as {{ text_type() }}) as batch_id,
    jobs.row_no
from {{ ref('stg_social_security__employment_register') }} as jobs
where {{ work_runs('jobs') }}

union all

select
    payroll.id_number,
    payroll.full_name,
    cast(payroll.feed_id as {{ text_type() }}) as feed_id,
    cast('payroll' as {{ text_type() }}) as item,
    cast(payroll.staff_class as {{ text_type() }}) as value,
    cast(payroll.monthly_salary as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(payroll.monthly_salary as numeric(14, 2)) as income,
    cast(null as date) as fact_date,
    cast(true as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(payroll.batch_id as {{ text_type() }}) as batch_id,
    payroll.row_no
from {{ ref('stg_social_security__public_payroll') }} as payroll

union all

select
    pensions.id_number,
    pensions.full_name,
    cast(pensions.feed_id as {{ text_type() }}) as feed_id,
    cast('pension' as {{ text_type() }}) as item,
    cast(pensions.insurance_status as {{ text_type() }}) as value,
    cast(
        case
            when pensions.insurance_status = 'retired' then pensions.pension_amount
            else pensions.contribution_base
        end
        as numeric(14, 2)
    ) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(case when {{ pension_runs('pensions') }} then pensions.pension_amount end as numeric(14, 2)) as income,
    cast(pensions.pension_start_month as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(pensions.batch_id as {{ text_type() }}) as batch_id,
    pensions.row_no
from {{ ref('stg_social_security__employee_pension') }} as pensions

union all

select
    pensions.id_number,
    pensions.full_name,
    cast(pensions.feed_id as {{ text_type() }}) as feed_id,
    cast('resident_pension' as {{ text_type() }}) as item,
    cast(pensions.contribution_grade as {{ text_type() }}) as value,
    cast(pensions.basic_pension as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(pensions.paid_month as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(pensions.batch_id as {{ text_type() }}) as batch_id,
    pensions.row_no
from {{ ref('stg_social_security__resident_pension') }} as pensions

union all

select
    unemployed.id_number,
    unemployed.full_name,
    cast(unemployed.feed_id as {{ text_type() }}) as feed_id,
    cast('unemployment' as {{ text_type() }}) as item,
    cast('drawing' as {{ text_type() }}) as value,
    cast(unemployed.benefit_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(unemployed.benefit_amount as numeric(14, 2)) as income,
    cast(unemployed.benefit_start_month as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(unemployed.batch_id as {{ text_type() }}) as batch_id,
    unemployed.row_no
from {{ ref('stg_social_security__unemployment_insurance') }} as unemployed
where {{ unemployment_benefit_runs('unemployed') }}

union all

select
    injured.id_number,
    injured.full_name,
    cast(injured.feed_id as {{ text_type() }}) as feed_id,
    cast('injury_care' as {{ text_type() }}) as item,
    cast(injured.injury_grade as {{ text_type() }}) as value,
    cast(injured.care_allowance as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(null as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(injured.batch_id as {{ text_type() }}) as batch_id,
    injured.row_no
from {{ ref('stg_social_security__work_injury_insurance') }} as injured
