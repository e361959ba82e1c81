{{ config(indexes=[{'columns': ['household_id'], 'unique': True}]) }}

with members as (
    select * from {{ ref('int_enrolment') }}
    where household_id is not null
)

select
    household_id,
    min(household_no) as household_no,
    min(feed_id) as feed_id,
    min(benefit_type) as benefit_type,
    {{ first_by_rank('region_code', 'case when is_active then 0 else 1 end') }} as region_code,
    {{ first_by_rank('standard_class', 'case when is_active then 0 else 1 end') }} as standard_class,
    cast(count(*) as {{ int_type() }}) as member_count,
    cast(sum(case when is_active then 1 else 0 end) as {{ int_type() }}) as active_member_count,
    cast(max(household_income) as numeric(14, 2)) as household_income,
    bool_or(is_active) as is_active,
    min(start_date) as first_start_date,
    {{ as_of() }} as as_of
from members
group by household_id
