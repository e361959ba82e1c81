{{ config(indexes=[{'columns': ['id_number']}]) }}

with roles as (
    select
        uscc,
        id_number,
        full_name,
        organisation_name,
        'enterprise' as business_type,
        role,
        cast(null as {{ int_type() }}) as employee_count,
        registration_status,
        established_on,
        cancelled_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_market_regulation__enterprise') }}

    union all

    select
        uscc,
        id_number,
        full_name,
        organisation_name,
        'individual_business' as business_type,
        'operator' as role,
        employee_count,
        registration_status,
        established_on,
        cancelled_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_market_regulation__individual_business') }}

    union all

    select
        uscc,
        id_number,
        full_name,
        organisation_name,
        'cooperative' as business_type,
        'member' as role,
        cast(null as {{ int_type() }}) as employee_count,
        registration_status,
        established_on,
        cast(null as date) as cancelled_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_market_regulation__farmer_cooperative') }}
)

select
    roles.*,
    persons.person_id,
    {{ is_live_business('roles') }} as is_live
from roles
inner join {{ ref('dim_person_alias') }} as persons on roles.id_number = persons.id_number
