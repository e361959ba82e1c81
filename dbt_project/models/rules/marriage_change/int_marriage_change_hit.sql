-- Marriages the office has not heard of: an event after its last review, of a member, or of the spouse with somebody
-- else; or a spouse whom no family of the member names. An event on the day of the review was known. One marriage is
-- one event: if the spouse is still missing after the review, the warning that the marriage opened goes on. A
-- certificate issued again is no event: a couple known only by it is reported once a review should have named the
-- spouse.
with members as (
    select * from {{ ref('int_marriage_member') }}
)

select
    {{ enrolment_columns('members') }},
    case events.event_type when 'marriage' then 'married' when 'divorce' then 'divorced' else 'annulled' end
        as sub_type,
    case events.event_type when 'marriage' then 1 when 'divorce' then 2 else 3 end as sub_type_rank,
    concat(events.event_type, ':', {{ iso_date('events.registered_on') }}) as event_key,
    {{ bears_name('members', 'events.full_name') }} as names_agree,
    {{ benefit_evidence('members', {'known_until': 'members.known_until'}) }} as benefit_evidence,
    {{ fact_evidence('events', {
        'event_type': 'events.event_type',
        'registered_on': 'events.registered_on',
        'found_by': called_by('members', 'events.full_name'),
    }) }} as fact_evidence
from members
inner join {{ ref('int_marriage') }} as events
    on members.id_number = events.id_number and events.registered_on > members.known_until
where events.event_type <> 'reissue'

union all

select
    {{ enrolment_columns('members') }},
    'spouse_event' as sub_type,
    4 as sub_type_rank,
    concat('spouse_', events.event_type, ':', {{ iso_date('events.registered_on') }}) as event_key,
    events.names_agree and {{ bears_name('members', 'events.full_name') }} as names_agree,
    {{ benefit_evidence('members', {'known_until': 'members.known_until'}) }} as benefit_evidence,
    {{ fact_evidence('events', {
        'event_type': 'events.event_type',
        'registered_on': 'events.registered_on',
        'found_by': called_by('members', 'events.full_name'),
    }) }} as fact_evidence
from members
inner join {{ ref('int_spouse_event') }} as events
    on members.id_number = events.id_number and events.registered_on > members.known_until

union all

select
    {{ enrolment_columns('members') }},
    'spouse_missing' as sub_type,
    5 as sub_type_rank,
    concat(
        case when couples.event_type = 'reissue' then 'reissue:' else 'marriage:' end,
        {{ iso_date('couples.registered_on') }}
    ) as event_key,
    {{ bears_name('members', 'couples.full_name') }} as names_agree,
    {{ benefit_evidence('members', {'known_until': 'members.known_until'}) }} as benefit_evidence,
    {{ fact_evidence('couples', {
        'event_type': 'couples.event_type',
        'registered_on': 'couples.registered_on',
        'found_by': called_by('members', 'couples.full_name'),
    }) }} as fact_evidence
from members
inner join {{ ref('int_couple') }} as couples
    on
        members.id_number = couples.id_number
        and couples.registered_on <= members.known_until
        and not couples.in_family
        and not couples.is_widowed
