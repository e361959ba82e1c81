-- Spouses, parents and children of relatives whose record or home visit is missing, where the relative is not on the
-- benefit in person. Kinship follows from the household of any registry, from the household book of the police, or from
-- the marriage register. Brothers and sisters, or two parents of a head, are not each other's kin by their relation to
-- the head. A book is a number in a district and names its present members; a book with several heads is a collective
-- one, which does not say who belongs to whom.
with elsewhere as (
    select undeclared.*
    from {{ ref('int_staff_relative') }} as undeclared
    left join {{ ref('int_insider_enrolment') }} as enrolments
        on undeclared.relative_id_number = enrolments.id_number
    where undeclared.is_watched and undeclared.gap is not null and enrolments.id_number is null
),

in_books as (
    select
        answers.id_number,
        answers.full_name,
        concat('book:', substr(answers.register_district, 1, 6), ':', answers.household_no) as home,
        words.kin,
        sum(case when words.kin = 'head' then 1 else 0 end)
            over (partition by substr(answers.register_district, 1, 6), answers.household_no) as heads,
        answers.feed_id,
        answers.batch_id,
        answers.row_no
    from {{ ref('int_register_answer') }} as answers
    inner join {{ ref('kin_words') }} as words on answers.relation_to_head = words.relation_to_head
    where answers.register_status = 'normal' and answers.household_no is not null and words.kin <> 'relative'
),

members as (
    select
        members.id_number,
        members.full_name,
        concat(members.benefit_type, ':', members.household_no) as home,
        words.kin,
        'household' as kin_by,
        members.feed_id,
        members.batch_id,
        members.row_no
    from {{ ref('int_enrolment') }} as members
    inner join {{ ref('kin_words') }} as words on members.relation_to_head = words.relation_to_head
    where members.household_no is not null and words.kin <> 'relative'

    union all

    select
        id_number,
        full_name,
        home,
        kin,
        'household_book' as kin_by,
        feed_id,
        batch_id,
        row_no
    from in_books
    where heads <= 1
)

select
    own.id_number,
    elsewhere.staff_id,
    elsewhere.relative_id_number,
    kin.kin_by,
    {{ names_agree('elsewhere.relative_name', 'kin.full_name') }} as names_agree,
    kin.feed_id,
    kin.batch_id,
    kin.row_no
from elsewhere
inner join members as kin on elsewhere.relative_id_number = kin.id_number
inner join members as own
    on
        kin.home = own.home
        and kin.id_number <> own.id_number
        and (
            (kin.kin = 'head' and own.kin <> 'head')
            or (kin.kin <> 'head' and own.kin = 'head')
            or (kin.kin = 'spouse' and own.kin = 'child')
            or (kin.kin = 'child' and own.kin = 'spouse')
        )

union all

select
    marriages.id_number,
    elsewhere.staff_id,
    elsewhere.relative_id_number,
    'marriage' as kin_by,
    {{ names_agree('elsewhere.relative_name', 'marriages.spouse_name') }} as names_agree,
    marriages.feed_id,
    marriages.batch_id,
    marriages.row_no
from elsewhere
inner join {{ ref('int_marriage') }} as marriages
    on
        elsewhere.relative_id_number = marriages.spouse_id_number
        and marriages.is_latest
        and marriages.event_type in ('marriage', 'reissue')
