{{ config(indexes=[{'columns': ['enrolment_id'], 'unique': True}]) }}

-- When the review of a family falls due: one row a family, with the member the warning is about (the head if on the
-- benefit, else the first member entered). The registry keeps one day for all members; if there are several, the
-- earliest counts. A review on that day or later has finished it, even if the registry does not name the next day yet.
with members as (
    select
        enrolments.enrolment_id,
        cases.household_id,
        cases.last_review_on,
        cases.review_due_on as own_review_due_on,
        min(cases.review_due_on) over (partition by cases.household_id) as review_due_on,
        max(case when cases.last_review_on <= {{ as_of() }} then cases.last_review_on end)
            over (partition by cases.household_id) as reviewed_on,
        row_number() over (
            partition by cases.household_id
            order by
                case when words.kin = 'head' then 0 else 1 end,
                enrolments.enrolment_id
        ) as place
    from {{ ref('int_active_enrolment') }} as enrolments
    {{ only_benefits_of('review_due', 'enrolments') }}
    inner join {{ ref('fct_enrolment') }} as cases on enrolments.enrolment_id = cases.enrolment_id
    inner join {{ ref('dim_household_member') }} as members on enrolments.enrolment_id = members.enrolment_id
    left join {{ ref('kin_words') }} as words on members.relation_to_head = words.relation_to_head
)

select
    enrolment_id,
    household_id,
    last_review_on,
    own_review_due_on,
    review_due_on
from members
where place = 1 and review_due_on is not null and coalesce(reviewed_on < review_due_on, true)
