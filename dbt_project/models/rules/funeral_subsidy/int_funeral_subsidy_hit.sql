-- Four things that do not fit. They are about the dead, not about a benefit: the row of the money takes the place that
-- the benefit has in other rules. The dead are not in dim_person, so their key is made here. A pair of subsidies counts
-- if it is in force on the later of the two cremations. An applicant's death before the birth is a wrong entry. The
-- dead without a number are left out: nobody can say who they are.
with subsidies as (
    select * from {{ ref('int_funeral_subsidy') }}
    where id_number is not null
),

deaths as (
    select
        id_number,
        full_name,
        death_date,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_public_security__death_cancellation') }}

    union all

    select
        id_number,
        full_name,
        death_date,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_civil_affairs__cremation') }}
    where id_number is not null
),

found as (
    select
        subsidies.cremation_no,
        'exclusive_pair' as sub_type,
        concat('pair:', pairs.class_a, '+', pairs.class_b) as event_key,
        {{ names_agree('subsidies.full_name', 'others.full_name') }} as names_agree,
        {{ subsidy_evidence('others') }} as fact_evidence
    from subsidies
    inner join subsidies as others
        on subsidies.id_number = others.id_number and subsidies.cremation_no <> others.cremation_no
    inner join {{ ref('exclusive_funeral_subsidies') }} as pairs
        on
            subsidies.subsidy_class = pairs.class_a
            and others.subsidy_class = pairs.class_b
            and {{ in_force('pairs', 'greatest(subsidies.cremated_on, others.cremated_on)') }}

    union all

    select
        cremation_no,
        'not_cremated' as sub_type,
        concat('not_cremated:', cremation_no) as event_key,
        true as names_agree,
        cast(null as {{ json_type() }}) as fact_evidence
    from subsidies
    where cremated_on > {{ as_of() }} or cremated_on < death_date

    union all

    select
        subsidies.cremation_no,
        'applicant_dead' as sub_type,
        concat('applicant:', subsidies.cremation_no) as event_key,
        {{ names_agree('subsidies.applicant_name', 'deaths.full_name') }} as names_agree,
        {{ fact_evidence('deaths', {'death_date': 'deaths.death_date'}) }} as fact_evidence
    from subsidies
    inner join deaths
        on subsidies.applicant_id_number = deaths.id_number and subsidies.cremated_on > deaths.death_date
    where deaths.death_date >= {{ birth_date_of('deaths.id_number') }}

    union all

    select
        cremation_no,
        'above_ceiling' as sub_type,
        concat('ceiling:', cremation_no) as event_key,
        true as names_agree,
        cast(null as {{ json_type() }}) as fact_evidence
    from subsidies
    where subsidy_amount > ceiling
)

select
    subsidies.cremation_no as enrolment_id,
    1 as benefit_rank,
    subsidies.cremated_on as start_date,
    {{ person_key('subsidies.id_number') }} as person_id,
    subsidies.id_number,
    subsidies.full_name,
    subsidies.region_code,
    found.sub_type,
    1 as sub_type_rank,
    found.event_key,
    found.names_agree,
    {{ subsidy_evidence('subsidies') }} as benefit_evidence,
    found.fact_evidence
from found
inner join subsidies on found.cremation_no = subsidies.cremation_no
