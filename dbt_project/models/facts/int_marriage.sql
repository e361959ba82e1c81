{{ config(indexes=[{'columns': ['id_number']}, {'columns': ['spouse_id_number']}]) }}

-- Marriages, divorces and annulments of people on a benefit or applying for dibao, a row for each side of a
-- certificate. A certificate issued again is no event, unless the register has nothing earlier about the two: then it
-- only says that they are a couple, not since when. is_latest: the event that decides whether the person is married
-- now.
with sides as (
    select 'husband' as side
    union all
    select 'wife' as side
),

asked as (
    select id_number from {{ ref('int_active_enrolment') }}
    union
    select id_number from {{ ref('stg_platform__application') }}
    where matter = 'dibao' and status = 'open'
),

events as (
    select
        case when sides.side = 'husband' then certificates.husband_id_number else certificates.wife_id_number end
            as id_number,
        case when sides.side = 'husband' then certificates.husband_name else certificates.wife_name end
            as full_name,
        case when sides.side = 'husband' then certificates.wife_id_number else certificates.husband_id_number end
            as spouse_id_number,
        case when sides.side = 'husband' then certificates.wife_name else certificates.husband_name end
            as spouse_name,
        certificates.event_type,
        certificates.registered_on,
        certificates.updated_at,
        certificates.certificate_no,
        certificates.feed_id,
        cast(certificates.batch_id as {{ text_type() }}) as batch_id,
        certificates.row_no
    from {{ ref('stg_civil_affairs__marriage') }} as certificates
    cross join sides
    where
        certificates.event_type in ('marriage', 'divorce', 'annulment', 'reissue')
        and certificates.registered_on <= {{ as_of() }}
),

of_pairs as (
    select
        events.*,
        row_number() over (
            partition by events.id_number, events.spouse_id_number
            order by
                events.registered_on,
                case when events.event_type = 'reissue' then 1 else 0 end,
                events.updated_at,
                events.certificate_no
        ) as of_pair
    from events
    inner join asked on events.id_number = asked.id_number
)

select
    *,
    row_number() over (
        partition by id_number
        order by registered_on desc, updated_at desc, certificate_no desc
    ) = 1 as is_latest
from of_pairs
where event_type <> 'reissue' or of_pair = 1
