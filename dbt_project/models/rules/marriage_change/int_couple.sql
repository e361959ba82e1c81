{{ config(indexes=[{'columns': ['id_number']}, {'columns': ['spouse_id_number']}]) }}

-- Members of families on a benefit who are married at the business date. in_family: a family in which the member is on
-- a benefit names the spouse, whether the spouse receives it or not. is_widowed: police or funeral home say that the
-- spouse has died.
with couples as (
    select
        marriages.id_number,
        marriages.full_name,
        marriages.spouse_id_number,
        marriages.spouse_name,
        marriages.event_type,
        marriages.registered_on,
        marriages.feed_id,
        marriages.batch_id,
        marriages.row_no
    from {{ ref('int_marriage') }} as marriages
    where
        marriages.is_latest
        and marriages.event_type in ('marriage', 'reissue')
        and marriages.id_number in (select members.id_number from {{ ref('int_marriage_member') }} as members)
),

families as (
    select distinct
        members.id_number,
        others.id_number as other_id_number
    from couples
    inner join {{ ref('int_marriage_member') }} as members on couples.id_number = members.id_number
    inner join {{ ref('int_enrolment') }} as others on members.household_id = others.household_id
),

deaths as (
    select
        id_number,
        death_date
    from {{ ref('stg_public_security__death_cancellation') }}

    union all

    select
        id_number,
        death_date
    from {{ ref('stg_civil_affairs__cremation') }}
),

dead as (
    select distinct deaths.id_number
    from deaths
    inner join couples on deaths.id_number = couples.spouse_id_number
    where deaths.death_date <= {{ as_of() }}
)

select
    couples.*,
    families.other_id_number is not null as in_family,
    dead.id_number is not null as is_widowed
from couples
left join families
    on couples.id_number = families.id_number and couples.spouse_id_number = families.other_id_number
left join dead on couples.spouse_id_number = dead.id_number
