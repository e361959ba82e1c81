-- Families whose review is due or overdue; and people whose benefit asks for proofs of life and whose last proof is too
-- old, or who have given none since the benefit began. Some benefits ask each person, some the family: then a proof of
-- any member of the household is enough, and the warning is about the head. If the platform has delivered nothing,
-- nobody is reported.
with parameters as (
    {{ parameters_of('review_due', ['notice_days']) }}
),

reviews as (
    select
        families.enrolment_id,
        families.last_review_on,
        families.own_review_due_on,
        families.review_due_on,
        case when families.review_due_on < {{ as_of() }} then 'review_overdue' else 'review_soon' end as sub_type
    from {{ ref('int_family_review') }} as families
    cross join parameters
    where families.review_due_on <= {{ add_days(as_of(), 'parameters.notice_days') }}
),

intervals as (
    select
        intervals.benefit_type,
        intervals.asked_of,
        {{ add_days(as_of(), '-intervals.days') }} as good_from
    from {{ ref('liveness_intervals') }} as intervals
    where
        {{ in_force('intervals', as_of()) }}
        and exists (
            select 1 from {{ ref('stg_current_batches') }} as batches
            where batches.feed_id = 'platform__liveness_confirmation'
        )
),

families as (
    select
        members.enrolment_id,
        members.family_id,
        members.member_rank,
        min(members.start_date) over (partition by members.family_id) as start_date,
        intervals.good_from
    from {{ ref('int_family_member') }} as members
    inner join intervals on members.benefit_type = intervals.benefit_type and intervals.asked_of = 'family'
),

of_families as (
    select
        families.family_id,
        proofs.*,
        row_number() over (
            partition by families.family_id order by proofs.confirmed_on desc, proofs.id_number desc
        ) as place
    from families
    inner join {{ ref('int_enrolment') }} as named on families.family_id = named.household_id
    inner join {{ ref('int_liveness') }} as proofs on named.id_number = proofs.id_number
    where families.member_rank = 1
),

unproved as (
    select
        enrolments.enrolment_id,
        proofs.id_number as proved_by,
        proofs.confirmed_on,
        proofs.method,
        proofs.feed_id,
        proofs.batch_id,
        proofs.row_no
    from {{ ref('int_active_enrolment') }} as enrolments
    inner join intervals on enrolments.benefit_type = intervals.benefit_type and intervals.asked_of = 'person'
    left join {{ ref('int_liveness') }} as proofs on enrolments.id_number = proofs.id_number
    where
        enrolments.start_date <= intervals.good_from
        and (proofs.confirmed_on is null or proofs.confirmed_on <= intervals.good_from)

    union all

    select
        families.enrolment_id,
        proofs.id_number as proved_by,
        proofs.confirmed_on,
        proofs.method,
        proofs.feed_id,
        proofs.batch_id,
        proofs.row_no
    from families
    left join of_families as proofs on families.family_id = proofs.family_id and proofs.place = 1
    where
        families.member_rank = 1
        and families.start_date <= families.good_from
        and (proofs.confirmed_on is null or proofs.confirmed_on <= families.good_from)
)

select
    {{ enrolment_columns('enrolments') }},
    reviews.sub_type,
    1 as sub_type_rank,
    concat('review:', {{ iso_date('reviews.review_due_on') }}) as event_key,
    true as names_agree,
    {{ benefit_evidence('enrolments', {
        'last_review_on': 'reviews.last_review_on',
        'review_due_on': 'reviews.own_review_due_on',
        'family_review_due_on': 'nullif(reviews.review_due_on, reviews.own_review_due_on)',
    }) }} as benefit_evidence,
    cast(null as {{ json_type() }}) as fact_evidence
from reviews
inner join {{ ref('int_active_enrolment') }} as enrolments on reviews.enrolment_id = enrolments.enrolment_id

union all

select
    {{ enrolment_columns('enrolments') }},
    'liveness_missing' as sub_type,
    1 as sub_type_rank,
    'liveness' as event_key,
    true as names_agree,
    {{ benefit_evidence('enrolments') }} as benefit_evidence,
    case
        when unproved.proved_by is not null
            then {{ fact_evidence('unproved', {
                'confirmed_on': 'unproved.confirmed_on',
                'method': 'unproved.method',
            }) }}
    end as fact_evidence
from unproved
inner join {{ ref('int_active_enrolment') }} as enrolments on unproved.enrolment_id = enrolments.enrolment_id
