{{ config(indexes=[{'columns': ['event_id'], 'unique': True}, {'columns': ['person_id']}]) }}

-- What happened to the people of dim_person, one row per event and person, as the source reports it.
with sides as (
    select 'husband' as side
    union all
    select 'wife' as side
),

marriages as (
    -- both sides of a certificate in one pass
    select
        case when sides.side = 'husband' then certificates.husband_id_number else certificates.wife_id_number end
            as id_number,
        certificates.event_type,
        certificates.registered_on,
        certificates.feed_id,
        cast(certificates.batch_id as {{ text_type() }}) as batch_id,
        certificates.row_no
    from {{ ref('stg_civil_affairs__marriage') }} as certificates
    cross join sides
    where sides.side = 'husband' or certificates.wife_id_number <> certificates.husband_id_number
),

events as (
    select
        person_id,
        'death' as event_type,
        feed_id as detail,
        death_date as event_on,
        cast(null as date) as event_until,
        feed_id,
        batch_id,
        row_no
    from {{ ref('int_death_report') }}

    union all

    select
        person_id,
        custody_type as event_type,
        cast(null as {{ text_type() }}) as detail,
        custody_from as event_on,
        custody_until as event_until,
        feed_id,
        batch_id,
        row_no
    from {{ ref('int_custody_term') }}

    union all

    select
        person_id,
        concat('move_', direction) as event_type,
        to_district as detail,
        moved_on as event_on,
        cast(null as date) as event_until,
        feed_id,
        batch_id,
        row_no
    from {{ ref('int_move') }}

    union all

    select
        person_id,
        concat('business_', role) as event_type,
        uscc as detail,
        established_on as event_on,
        cancelled_on as event_until,
        feed_id,
        batch_id,
        row_no
    from {{ ref('int_business_role') }}

    union all

    select
        persons.person_id,
        concat('register_', answers.register_status) as event_type,
        answers.register_district as detail,
        cast(answers.updated_at as date) as event_on,
        cast(null as date) as event_until,
        answers.feed_id,
        answers.batch_id,
        answers.row_no
    from {{ ref('int_register_answer') }} as answers
    inner join {{ ref('dim_person_alias') }} as persons on answers.id_number = persons.id_number

    union all

    select
        persons.person_id,
        marriages.event_type,
        cast(null as {{ text_type() }}) as detail,
        marriages.registered_on as event_on,
        cast(null as date) as event_until,
        marriages.feed_id,
        marriages.batch_id,
        marriages.row_no
    from marriages
    inner join {{ ref('dim_person_alias') }} as persons on marriages.id_number = persons.id_number
)

select
    md5(concat(person_id, '|', event_type, '|', feed_id, '|', batch_id, '|', cast(row_no as {{ text_type() }})))
        as event_id,
    person_id,
    event_type,
    detail,
    event_on,
    event_until,
    feed_id,
    batch_id,
    row_no,
    {{ as_of() }} as as_of
from events
