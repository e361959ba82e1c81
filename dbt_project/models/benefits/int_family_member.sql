{{ config(indexes=[{'columns': ['id_number']}, {'columns': ['family_id']}]) }}

-- Who lives on one means-tested benefit together: the members of a household, or a person on tekun alone. member_rank 1
-- is the head among those who hold the benefit today; warnings about a family are about this person.
with members as (
    select
        enrolments.*,
        coalesce(cases.household_id, enrolments.enrolment_id) as family_id,
        cases.standard_class,
        case when words.kin = 'head' then 0 else 1 end as head_first
    from {{ ref('int_active_enrolment') }} as enrolments
    inner join {{ ref('fct_enrolment') }} as cases on enrolments.enrolment_id = cases.enrolment_id
    left join {{ ref('dim_household_member') }} as kin on enrolments.enrolment_id = kin.enrolment_id
    left join {{ ref('kin_words') }} as words on kin.relation_to_head = words.relation_to_head
    where enrolments.benefit_type in ('dibao', 'low_income', 'tekun')
),

sizes as (
    select
        family_id,
        cast(count(distinct id_number) as {{ int_type() }}) as member_count
    from members
    group by family_id
)

select
    members.enrolment_id,
    members.benefit_type,
    members.benefit_rank,
    members.person_id,
    members.id_number,
    members.full_name,
    members.former_names,
    members.region_code,
    members.start_date,
    members.stop_date,
    members.family_id,
    members.standard_class,
    members.feed_id,
    members.raw_table,
    members.batch_id,
    members.row_no,
    sizes.member_count,
    row_number() over (
        partition by members.family_id order by members.head_first, members.enrolment_id
    ) as member_rank
from members
inner join sizes on members.family_id = sizes.family_id
