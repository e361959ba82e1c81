{{ config(indexes=[{'columns': ['institution_id', 'claim_month'], 'unique': True}]) }}

-- What each home is due for a month: the sum of its subsidised stays.
select
    institution_id,
    min(region_code) as region_code,
    claim_month,
    cast(count(*) as {{ int_type() }}) as stays,
    cast(sum(case when reason is null then 1 else 0 end) as {{ int_type() }}) as bed_months,
    cast(sum(amount) as numeric(14, 2)) as amount,
    {{ as_of() }} as as_of
from {{ ref('fct_care_home_claim_line') }}
group by institution_id, claim_month
