-- Families whose review is due or over, and people on a benefit that asks for proofs of life whose last one is too
-- old, or who have given none since the benefit began. A platform that has delivered nothing says nothing of anybody.
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
    inner join {{ ref('liveness_intervals') }} as intervals
        on
            enrolments.benefit_type = intervals.benefit_type
            and intervals.from_date <= {{ as_of() }}
            and (intervals.until_date is null or intervals.until_date > {{ as_of() }})
            and enrolments.start_date <= {{ add_days(as_of(), '-intervals.days') }}
    left join {{ ref('int_liveness') }} as proofs on enrolments.id_number = proofs.id_number
    where
        (proofs.confirmed_on is null or proofs.confirmed_on <= {{ add_days(as_of(), '-intervals.days') }})
        and exists (
            select 1 from {{ ref('stg_current_batches') }} as batches
            where batches.feed_id = 'platform__liveness_confirmation'
        )
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
