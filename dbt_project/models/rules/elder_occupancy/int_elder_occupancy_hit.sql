-- Subsidised residents of care homes who died, live in a second home, are too young, are not registered in the city, or
-- were entered twice. A home gets no subsidy for people on tekun, so they are left out. The stay takes the place that
-- the benefit has in other rules. Hospital stays are in no feed and cannot be seen here. If the police have not
-- answered about a resident, that is no hit.
with parameters as (
    {{ parameters_of('elder_occupancy', ['minimum_age']) }}
),

supported as (
    select distinct person_id from {{ ref('int_active_enrolment') }}
    where benefit_type = 'tekun'
),

stays as (
    select
        running.stay_id as enrolment_id,
        1 as benefit_rank,
        running.checked_in_on as start_date,
        running.*
    from {{ ref('int_running_stay') }} as running
    left join supported on running.person_id = supported.person_id
    where supported.person_id is null
),

moves as (
    select moves.* from {{ ref('int_move') }} as moves
    where {{ has_left_city('moves') }}
),

found as (
    select
        stays.stay_id,
        'resident_dead' as sub_type,
        1 as sub_type_rank,
        concat('dead:', stays.stay_id) as event_key,
        {{ names_agree('stays.full_name', 'reports.full_name') }} as names_agree,
        {{ fact_evidence('reports', {'death_date': 'reports.death_date'}) }} as fact_evidence
    from stays
    inner join {{ ref('int_death_report') }} as reports on stays.id_number = reports.id_number
    where reports.death_date < {{ as_of() }}

    union all

    -- two rows of one person, under whichever number: in two homes, or twice in one
    select
        stays.stay_id,
        case when stays.institution_id = others.institution_id then 'entered_twice' else 'two_homes' end as sub_type,
        case when stays.institution_id = others.institution_id then 5 else 2 end as sub_type_rank,
        concat(
            case when stays.institution_id = others.institution_id then 'twice:' else 'two:' end,
            stays.stay_id, '+', others.stay_id
        ) as event_key,
        {{ names_agree('stays.full_name', 'others.full_name') }} as names_agree,
        {{ stay_evidence('others', role='fact') }} as fact_evidence
    from stays
    inner join {{ ref('int_running_stay') }} as others
        on stays.person_id = others.person_id and stays.stay_id < others.stay_id

    union all

    select
        stays.stay_id,
        'under_age' as sub_type,
        3 as sub_type_rank,
        concat('age:', stays.stay_id) as event_key,
        true as names_agree,
        cast(null as {{ json_type() }}) as fact_evidence
    from stays
    cross join parameters
    where {{ years_old('stays.birth_date', as_of()) }} < parameters.minimum_age

    union all

    select
        stays.stay_id,
        'non_local' as sub_type,
        4 as sub_type_rank,
        concat('hukou:', stays.stay_id) as event_key,
        {{ names_agree('stays.full_name', 'answers.full_name') }} as names_agree,
        {{ fact_evidence('answers', {
            'register_status': 'answers.register_status',
            'register_district': 'answers.register_district',
        }) }} as fact_evidence
    from stays
    inner join {{ ref('int_register_answer') }} as answers on stays.id_number = answers.id_number
    where {{ register_finding('answers') }} is not null

    union all

    select
        stays.stay_id,
        'non_local' as sub_type,
        4 as sub_type_rank,
        concat('hukou:', stays.stay_id) as event_key,
        {{ names_agree('stays.full_name', 'moves.full_name') }} as names_agree,
        {{ fact_evidence('moves', {
            'moved_on': 'moves.moved_on',
            'to_district': 'moves.to_district',
            'destination': destination_told('moves'),
        }) }} as fact_evidence
    from stays
    inner join moves on stays.id_number = moves.id_number
)

select
    stays.enrolment_id,
    stays.benefit_rank,
    stays.start_date,
    stays.person_id,
    stays.id_number,
    stays.full_name,
    stays.region_code,
    found.sub_type,
    found.sub_type_rank,
    found.event_key,
    found.names_agree,
    {{ stay_evidence('stays') }} as benefit_evidence,
    found.fact_evidence
from found
inner join stays on found.stay_id = stays.stay_id
