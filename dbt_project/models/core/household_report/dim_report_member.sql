{{ config(indexes=[{'columns': ['household_id']}, {'columns': ['id_number']}]) }}

-- Families that may be checked at the business date: somebody in them has an open authorisation. scope is empty for a
-- member of the family (as its registry names it) who has signed nothing: the report contains no fact about that
-- person.
with authorised as (
    select
        household_id,
        id_number,
        min(full_name) as full_name,
        min(scope) as scope,
        min(authorised_until) as authorised_until,
        min(check_due_on) as check_due_on
    from {{ ref('stg_platform__authorisation') }}
    where
        authorised_from <= {{ as_of() }}
        and (authorised_until is null or authorised_until >= {{ as_of() }})
    group by household_id, id_number
),

-- status: the registries write active, an application open; both mean that the family is somebody's case
cases as (
    select
        household_id,
        id_number,
        full_name,
        region_code,
        standard_class,
        'dibao' as benefit_type,
        status = 'active' as is_running
    from {{ ref('stg_civil_affairs__dibao') }}
    union all
    select
        household_id,
        id_number,
        full_name,
        region_code,
        standard_class,
        'low_income' as benefit_type,
        status = 'active' as is_running
    from {{ ref('stg_civil_affairs__low_income') }}
    union all
    select
        case_id as household_id,
        id_number,
        full_name,
        region_code,
        standard_class,
        'tekun' as benefit_type,
        status = 'active' as is_running
    from {{ ref('stg_civil_affairs__tekun') }}
    union all
    select
        household_id,
        id_number,
        full_name,
        region_code,
        cast(null as {{ text_type() }}) as standard_class,
        'application' as benefit_type,
        status = 'open' as is_running
    from {{ ref('stg_platform__application') }}
    where household_id is not null
),

families as (
    select
        household_id,
        {{ first_by_rank('region_code', 'case when is_running then 0 else 1 end') }} as region_code,
        {{ first_by_rank('standard_class', 'case when is_running then 0 else 1 end') }} as standard_class,
        {{ first_by_rank('benefit_type', 'case when is_running then 0 else 1 end') }} as benefit_type
    from cases
    group by household_id
),

unsigned as (
    select
        cases.household_id,
        cases.id_number,
        min(cases.full_name) as full_name
    from cases
    where
        cases.is_running
        and cases.household_id in (select authorised.household_id from authorised)
        and not exists (
            select 1 from authorised
            where authorised.household_id = cases.household_id and authorised.id_number = cases.id_number
        )
    group by cases.household_id, cases.id_number
),

members as (
    select
        household_id,
        id_number,
        full_name,
        scope,
        authorised_until,
        check_due_on
    from authorised
    union all
    select
        household_id,
        id_number,
        full_name,
        cast(null as {{ text_type() }}) as scope,
        cast(null as date) as authorised_until,
        cast(null as date) as check_due_on
    from unsigned
)

select
    members.household_id,
    members.id_number,
    members.full_name,
    members.scope,
    members.authorised_until,
    members.check_due_on,
    families.region_code,
    families.standard_class,
    families.benefit_type,
    {{ as_of() }} as as_of
from members
left join families on members.household_id = families.household_id
