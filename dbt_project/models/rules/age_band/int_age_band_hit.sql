-- Ages, from the birth date inside the ID number. 'past': the person has passed the age that ends a class. 'turns': a
-- birthday within the notice period (not on the business date itself), by the bands in force on that birthday.
with parameters as (
    {{ parameters_of('age_band', ['orphan_age', 'tekun_minor_age', 'notice_days']) }}
),

past as (
    select
        enrolments.enrolment_id,
        case when enrolments.benefit_type = 'orphan' then 'orphan_18' else 'tekun_16' end as sub_type,
        case when enrolments.benefit_type = 'orphan' then parameters.orphan_age else parameters.tekun_minor_age end
            as age,
        enrolments.birth_date,
        enrolments.school_until
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
        bands.age,
        cast(null as date) as undue_from
    from {{ ref('int_active_enrolment') }} as enrolments
    inner join {{ ref('age_bands') }} as bands
        on
            enrolments.benefit_type = bands.benefit_type
            and {{ in_force('bands', add_years('enrolments.birth_date', 'bands.age')) }}
    cross join parameters
    where
        {{ add_years('enrolments.birth_date', 'bands.age') }} > {{ as_of() }}
        and {{ add_years('enrolments.birth_date', 'bands.age') }}
        <= {{ add_days(as_of(), 'parameters.notice_days') }}
),

-- an adult orphan keeps the allowance while at school; the ground ends on the day after
undue as (
    select
        enrolment_id,
        sub_type,
        age,
        greatest({{ add_years('birth_date', 'age') }}, {{ add_days('school_until', 1) }}) as undue_from,
        cast(null as date) as undue_until
    from past
),

{{ overpaid_while('undue') }},

found as (
    select
        enrolment_id,
        sub_type,
        age,
        undue_from
    from undue
    union all
    select * from turning
)

select
    {{ enrolment_columns('enrolments') }},
    found.sub_type,
    1 as sub_type_rank,
    found.sub_type as event_key,
    true as names_agree,
    {{ overlap_columns('enrolments', 'found.undue_from') }},
    case when found.undue_from is not null then overpaid.overpaid_months end as overpaid_months,
    case when found.undue_from is not null then overpaid.overpaid_amount end as overpaid_amount,
    {{ benefit_evidence('enrolments', {
        'age': 'found.age',
        'reached_on': add_years('enrolments.birth_date', 'found.age'),
        'school_until': 'enrolments.school_until',
    }) }} as benefit_evidence,
    cast(null as {{ json_type() }}) as fact_evidence
from found
inner join {{ ref('int_active_enrolment') }} as enrolments on found.enrolment_id = enrolments.enrolment_id
left join overpaid on found.enrolment_id = overpaid.enrolment_id
