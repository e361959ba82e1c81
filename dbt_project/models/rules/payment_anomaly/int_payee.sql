{{ config(indexes=[{'columns': ['person_id']}]) }}

-- Who may be paid for a person besides the person: the members of a household on any benefit, the guardian in an
-- orphan's case, and those in the same household book of the police who are family by their words, near or far. A book
-- is a number in a district; a book with several heads today is a collective one, not a family. By person, whatever the
-- benefit.
with asked as (
    select distinct
        cases.person_id,
        cases.id_number,
        cases.household_id
    from {{ ref('fct_enrolment') }} as cases
),

registered as (
    select
        register.id_number,
        register.full_name,
        concat(substr(register.register_district, 1, 6), ':', register.household_no) as book,
        sum(case when words.kin = 'head' and register.register_status = 'normal' then 1 else 0 end)
            over (partition by substr(register.register_district, 1, 6), register.household_no) as heads
    from {{ ref('stg_public_security__household_register') }} as register
    inner join {{ ref('kin_words') }} as words on register.relation_to_head = words.relation_to_head
    where register.household_no is not null
),

book as (
    select
        id_number,
        full_name,
        book
    from registered
    where heads <= 1
),

payees as (
    select
        asked.person_id,
        kin.id_number,
        kin.full_name
    from asked
    inner join {{ ref('fct_enrolment') }} as kin on asked.household_id = kin.household_id

    union

    select
        cases.person_id,
        orphans.guardian_id_number as id_number,
        orphans.guardian_name as full_name
    from {{ ref('stg_civil_affairs__orphan') }} as orphans
    inner join {{ ref('fct_enrolment') }} as cases
        on cases.enrolment_id = concat(orphans.feed_id, ':', orphans.case_id)
    where orphans.guardian_name is not null

    union

    select
        asked.person_id,
        kin.id_number,
        kin.full_name
    from asked
    inner join book as own on asked.id_number = own.id_number
    inner join book as kin on own.book = kin.book
)

select
    payees.person_id,
    payees.id_number,
    payees.full_name,
    former.former_names
from payees
left join {{ ref('int_former_name') }} as former on payees.id_number = former.id_number
