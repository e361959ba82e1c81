-- Vehicles on the road, of a kind that a family on the benefit may not own, that no review has known of: the traffic
-- police named it only after the last review, or the owner was never reviewed. Answers about a former number of the
-- owner are only suspected.
with members as (
    select
        enrolments.*,
        cases.last_review_on
    from {{ ref('int_active_enrolment') }} as enrolments
    {{ only_benefits_of('vehicle', 'enrolments') }}
    inner join {{ ref('fct_enrolment') }} as cases on enrolments.enrolment_id = cases.enrolment_id
),

kinds as (
    {{ counted_vehicle_kinds() | indent(4) }}
),

vehicles as (
    select
        owned.id_number,
        owned.full_name,
        owned.plate_no,
        owned.plate_type,
        owned.first_registered_on,
        owned.feed_id,
        cast(owned.batch_id as {{ text_type() }}) as batch_id,
        owned.row_no,
        kinds.sub_type,
        seen.first_seen_on,
        persons.person_id
    from {{ ref('stg_public_security__vehicle') }} as owned
    inner join kinds on owned.plate_type = kinds.plate_type
    inner join {{ ref('int_vehicle_first_seen') }} as seen
        on owned.id_number = seen.id_number and owned.plate_no = seen.plate_no
    inner join {{ ref('dim_person_alias') }} as persons on owned.id_number = persons.id_number
    where {{ is_on_the_road('owned') }}
)

select
    {{ enrolment_columns('members') }},
    vehicles.sub_type,
    1 as sub_type_rank,
    concat('vehicle:', {{ short_digest('vehicles.plate_no') }}) as event_key,
    {{ surely_one_person('members', 'vehicles') }} as names_agree,
    {{ benefit_evidence('members', {'last_review_on': 'members.last_review_on'}) }} as benefit_evidence,
    {{ fact_evidence('vehicles', {
        'plate_type': 'vehicles.plate_type',
        'first_registered_on': 'vehicles.first_registered_on',
        'first_seen_on': 'vehicles.first_seen_on',
        'found_by': found_by('members', 'vehicles'),
    }) }} as fact_evidence
from members
inner join vehicles on members.person_id = vehicles.person_id and {{ may_be_one_person('members', 'vehicles') }}
where
    members.last_review_on is null
    or members.last_review_on > {{ as_of() }}
    or members.last_review_on < vehicles.first_seen_on
