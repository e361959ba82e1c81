{{ config(indexes=[{'columns': ['stay_id', 'claim_month'], 'unique': True}]) }}

-- The claim that a home cannot write itself: each stay in each finished month, computed from the days stayed. A line
-- that is not subsidised stays in the list with the first reason that holds; nobody edits it. The day of leaving does
-- not count.
-- A bed is paid for a resident and a month, not for a row: the nights of all stays of the resident in the home count
-- together, each night once, and the line of the first stay bears the money. A line whose nights an earlier line has as
-- well was entered twice; a line with nights of its own is counted together with the first.
-- If the police have not answered about a resident, nothing speaks against the stay. A resident who moved out after the
-- month was local in that month, whatever the register says today. If a home has more residents than approved beds, the
-- latest arrivals lose the subsidy, after all other reasons.
with months as (
    select
        months.pay_month as claim_month,
        {{ add_days(month_start(add_days('months.pay_month', 31)), -1) }} as month_end,
        terms.amount_per_bed_month,
        terms.minimum_days,
        terms.minimum_age
    from {{ ref('int_pay_month') }} as months
    inner join {{ ref('operating_subsidies') }} as terms
        on {{ in_force('terms', 'months.pay_month') }}
),

stays as (
    select
        stays.stay_id,
        stays.institution_id,
        stays.id_number,
        persons.person_id,
        persons.birth_date,
        homes.region_code,
        homes.approved_beds,
        stays.checked_in_on,
        months.*,
        greatest(stays.checked_in_on, months.claim_month) as first_day,
        least(coalesce({{ add_days('stays.checked_out_on', -1) }}, months.month_end), months.month_end) as last_day
    from {{ ref('stg_civil_affairs__elder_care__stay') }} as stays
    inner join {{ ref('stg_civil_affairs__elder_care__institution') }} as homes
        on stays.institution_id = homes.institution_id
    inner join {{ ref('dim_person_alias') }} as persons on stays.id_number = persons.id_number
    inner join months
        on
            months.month_end <= {{ as_of() }}
            and stays.checked_in_on <= months.month_end
            and (stays.checked_out_on is null or stays.checked_out_on > months.claim_month)
),

deaths as (
    select
        id_number,
        min(death_date) as death_date
    from {{ ref('int_death_report') }}
    group by id_number
),

elsewhere as (
    select distinct
        stays.stay_id,
        stays.claim_month
    from stays
    inner join stays as others
        on
            stays.person_id = others.person_id
            and stays.claim_month = others.claim_month
            and stays.institution_id <> others.institution_id
            and greatest(stays.first_day, others.first_day) <= least(stays.last_day, others.last_day)
            and stays.first_day <= stays.last_day
            and others.first_day <= others.last_day
),

supported as (
    select distinct
        stays.stay_id,
        stays.claim_month
    from stays
    inner join {{ ref('int_enrolment') }} as enrolments
        on
            stays.id_number = enrolments.id_number
            and enrolments.benefit_type = 'tekun'
            and enrolments.start_date <= stays.month_end
            and (enrolments.stop_date is null or enrolments.stop_date >= stays.claim_month)
),

foreign_answers as (
    select distinct answers.id_number
    from {{ ref('int_register_answer') }} as answers
    where {{ register_finding('answers') }} is not null
),

not_local as (
    select
        stays.stay_id,
        stays.claim_month
    from stays
    left join {{ ref('int_move') }} as moves
        on stays.id_number = moves.id_number and {{ has_left_city('moves') }}
    left join foreign_answers on stays.id_number = foreign_answers.id_number
    where
        moves.moved_on <= stays.month_end
        or (moves.id_number is null and foreign_answers.id_number is not null)
),

judged as (
    select
        stays.*,
        cast({{ days_between('stays.first_day', 'stays.last_day') }} + 1 as {{ int_type() }}) as days_stayed,
        case
            when deaths.death_date <= stays.month_end then 'resident_dead'
            when elsewhere.stay_id is not null then 'two_homes'
            when {{ years_old('stays.birth_date', 'stays.month_end') }} < stays.minimum_age then 'under_age'
            when not_local.stay_id is not null then 'non_local'
            when supported.stay_id is not null then 'state_supported'
        end as own_reason
    from stays
    left join deaths on stays.id_number = deaths.id_number
    left join elsewhere on stays.stay_id = elsewhere.stay_id and stays.claim_month = elsewhere.claim_month
    left join supported on stays.stay_id = supported.stay_id and stays.claim_month = supported.claim_month
    left join not_local on stays.stay_id = not_local.stay_id and stays.claim_month = not_local.claim_month
),

-- per resident, home and month; a stay without a night does not count
covered as (
    select
        *,
        max(case when days_stayed > 0 then last_day end) over (
            partition by institution_id, person_id, claim_month, own_reason
            order by checked_in_on, stay_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from judged
),

counted as (
    select
        *,
        covered_until >= first_day and days_stayed > 0 as is_repeated,
        case
            when covered_until >= first_day then greatest({{ days_between('covered_until', 'last_day') }}, 0)
            else greatest(days_stayed, 0)
        end as new_nights
    from covered
),

together as (
    select
        *,
        sum(new_nights) over resident as nights_together,
        row_number() over (
            partition by institution_id, person_id, claim_month, own_reason
            order by case when days_stayed > 0 then 0 else 1 end, checked_in_on, stay_id
        ) as line
    from counted
    window resident as (partition by institution_id, person_id, claim_month, own_reason)
),

reasoned as (
    select
        *,
        case
            when own_reason is not null then own_reason
            when days_stayed <= 0 or nights_together < minimum_days then 'too_few_days'
            when line > 1 then case when is_repeated then 'entered_twice' else 'counted_together' end
        end as reason
    from together
),

placed as (
    select
        reasoned.*,
        row_number() over (
            partition by
                reasoned.institution_id, reasoned.claim_month, case when reasoned.reason is null then 1 else 0 end
            order by reasoned.checked_in_on, reasoned.stay_id
        ) as place
    from reasoned
)

select
    stay_id,
    institution_id,
    person_id,
    region_code,
    claim_month,
    days_stayed,
    cast(nights_together as {{ int_type() }}) as nights_together,
    coalesce(reason, case when place > approved_beds then 'over_beds' end) as reason,
    cast(
        case when reason is null and place <= approved_beds then amount_per_bed_month else 0 end
        as numeric(14, 2)
    ) as amount,
    {{ as_of() }} as as_of
from placed
