{{ config(indexes=[{'columns': ['organisation_id'], 'unique': True}]) }}

-- Social organisations, care homes and businesses, one row per credit code. A care home without a credit code is known
-- by its own number.
with mentions as (
    select
        uscc as organisation_id,
        uscc,
        organisation_name,
        organisation_class as organisation_type,
        region_code,
        state as organisation_status,
        registered_on as established_on,
        1 as mention_rank,
        feed_id
    from {{ ref('stg_civil_affairs__social_organisation') }}

    union all

    select
        coalesce(uscc, concat(feed_id, ':', institution_id)) as organisation_id,
        uscc,
        institution_name as organisation_name,
        'care_home' as organisation_type,
        region_code,
        'active' as organisation_status,
        opened_on as established_on,
        2 as mention_rank,
        feed_id
    from {{ ref('stg_civil_affairs__elder_care__institution') }}

    union all

    select
        uscc as organisation_id,
        uscc,
        organisation_name,
        'enterprise' as organisation_type,
        cast(null as {{ text_type() }}) as region_code,
        registration_status as organisation_status,
        established_on,
        3 as mention_rank,
        feed_id
    from {{ ref('stg_market_regulation__enterprise') }}

    union all

    select
        uscc as organisation_id,
        uscc,
        organisation_name,
        'individual_business' as organisation_type,
        cast(null as {{ text_type() }}) as region_code,
        registration_status as organisation_status,
        established_on,
        4 as mention_rank,
        feed_id
    from {{ ref('stg_market_regulation__individual_business') }}

    union all

    select
        uscc as organisation_id,
        uscc,
        organisation_name,
        'cooperative' as organisation_type,
        cast(null as {{ text_type() }}) as region_code,
        registration_status as organisation_status,
        established_on,
        5 as mention_rank,
        feed_id
    from {{ ref('stg_market_regulation__farmer_cooperative') }}
)

select
    organisation_id,
    min(uscc) as uscc,
    {{ first_by_rank('organisation_name', 'mention_rank') }} as organisation_name,
    {{ first_by_rank('organisation_type', 'mention_rank') }} as organisation_type,
    {{ first_by_rank('region_code', 'mention_rank') }} as region_code,
    {{ first_by_rank('organisation_status', 'mention_rank') }} as organisation_status,
    {{ first_by_rank('feed_id', 'mention_rank') }} as feed_id,
    min(established_on) as established_on,
    {{ as_of() }} as as_of
from mentions
group by organisation_id
