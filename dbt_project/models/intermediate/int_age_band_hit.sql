-- Ages from the birth date inside the ID number. 'past': the age that ends a class is behind the person;
-- 'turns': a birthday within the notice period, the business date itself not included.
with parameters as (
    {{ parameters_of('age_band', ['orphan_age', 'tekun_minor_age', 'notice_days']) }}
),

past as (
    select
        enrolments.enrolment_id,
        case when enrolments.benefit_type = 'orphan' then 'orphan_18' else 'tekun_16' end as sub_type,
        case when enrolments.benefit_type = 'orphan' then parameters.orphan_age else parameters.tekun_minor_age end
            as age
    from {{ ref('int_active_enrolment') }} as enrolments
    cross join parameters
    where
        (
            enrolments.benefit_type = 'orphan'
            and {{ add_years('enrolments.birth_date', 'parameters.orphan_age') }} <= {{ as_of() }}
            and (enrolments.school_until is null or enrolments.school_until < {{ as_of() }})
        )
        or (
            enrolments.benefit_type = 'tekun'
            and enrolments.person_class = 'minor'
            and {{ add_years('enrolments.birth_date', 'parameters.tekun_minor_age') }} <= {{ as_of() }}
        )
),

turning as (
    select
        enrolments.enrolment_id,
        bands.sub_type,
        bands.age
    from {{ ref('int_active_enrolment') }} as enrolments
    inner join {{ ref('age_bands') }} as bands on enrolments.benefit_type = bands.benefit_type
    cross join parameters
    where
        {{ add_years('enrolments.birth_date', 'bands.age') }} > {{ as_of() }}
        and {{ add_years('enrolments.birth_date', 'bands.age') }}
        <= {{ add_days(as_of(), 'parameters.notice_days') }}
),

found as (
    select * from past
    union all
    select * from turning
)

select
    {{ enrolment_columns('enrolments') }},
    found.sub_type,
    1 as sub_type_rank,
    found.sub_type as event_key,
    true as names_agree,
    {{ benefit_evidence('enrolments', {
        'age': 'found.age',
        'reached_on': add_years('enrolments.birth_date', 'found.age'),
        'school_until': 'enrolments.school_until',
    }) }} as benefit_evidence,
    cast(null as {{ json_type() }}) as fact_evidence
from found
inner join {{ ref('int_active_enrolment') }} as enrolments on found.enrolment_id = enrolments.enrolment_id
