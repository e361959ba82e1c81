-- What the spouses of members registered with somebody else, a row for each member and event.
with sides as (
    select 'husband' as side
    union all
    select 'wife' as side
),

certificates as (
    select
        case when sides.side = 'husband' then certificates.husband_id_number else certificates.wife_id_number end
            as spouse_id_number,
        case when sides.side = 'husband' then certificates.husband_name else certificates.wife_name end
            as spouse_name,
        case when sides.side = 'husband' then certificates.wife_id_number else certificates.husband_id_number end
            as other_id_number,
        certificates.event_type,
        certificates.registered_on,
        certificates.feed_id,
        cast(certificates.batch_id as {{ text_type() }}) as batch_id,
        certificates.row_no
    from {{ ref('stg_civil_affairs__marriage') }} as certificates
    cross join sides
    where
        certificates.event_type in ('marriage', 'divorce', 'annulment')
        and certificates.registered_on <= {{ as_of() }}
)

select
    couples.id_number,
    couples.full_name,
    {{ names_agree('couples.spouse_name', 'certificates.spouse_name') }} as names_agree,
    certificates.event_type,
    certificates.registered_on,
    certificates.feed_id,
    certificates.batch_id,
    certificates.row_no
from certificates
inner join {{ ref('int_couple') }} as couples
    on
        certificates.spouse_id_number = couples.spouse_id_number
        and certificates.other_id_number <> couples.id_number
