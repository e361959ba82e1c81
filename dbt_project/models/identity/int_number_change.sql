{{ config(indexes=[{'columns': ['old_number'], 'unique': True}]) }}

-- Numbers a person was known by before, each with the row that says so and the reason to believe it.
--   renumbered_case  a registry wrote another number into the same case, and no other name at that time
--   certificate      a disability certificate was issued under another number than the one it is held with
-- belongs_to_another: by the register or a registry, somebody with another name holds that number. Then the number was
-- a slip of the pen, and facts about the other person must not count against this one.
-- first_number: the number of the person that the registries reported first. The key is made of it, so the key stays
-- when the number changes again. If a number turns out to be another person's, the key made of it is that person's from
-- then on, and whoever was renumbered gets a key made of the next number.
with versions as (
    {{ case_versions() }}
),

renumbered as (
    select enrolment_id from versions
    group by enrolment_id
    having count(distinct id_number) > 1
),

ranked as (
    select
        versions.*,
        row_number() over (partition by versions.enrolment_id order by versions.updated_at desc, versions.row_no desc)
            as newest,
        row_number() over (
            partition by versions.enrolment_id, versions.id_number
            order by versions.updated_at desc, versions.row_no desc
        ) as newest_of_number
    from versions
    inner join renumbered on versions.enrolment_id = renumbered.enrolment_id
),

-- the names are compared as of that time: a person who is renumbered first and renamed later stays the same person
renumberings as (
    select
        before.enrolment_id,
        before.id_number as old_number,
        later.id_number as current_number,
        before.full_name,
        cast(later.updated_at as date) as changed_on,
        before.feed_id,
        cast(before.batch_id as {{ text_type() }}) as batch_id,
        before.row_no,
        row_number() over (partition by before.enrolment_id, before.id_number order by later.newest) as place
    from ranked as before
    inner join ranked as later
        on
            before.enrolment_id = later.enrolment_id
            and before.newest > later.newest
            and before.id_number <> later.id_number
            and {{ names_agree('before.full_name', 'later.full_name') }}
    where before.newest_of_number = 1
),

changes as (
    select
        old_number,
        current_number,
        'renumbered_case' as reason,
        full_name,
        changed_on,
        feed_id,
        batch_id,
        row_no
    from renumberings
    where place = 1

    union all

    select
        substr(certificate_no, 1, 18) as old_number,
        id_number as current_number,
        'certificate' as reason,
        full_name,
        issued_on as changed_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_disabled_federation__disability_certificate') }}
    where length(certificate_no) >= 20 and substr(certificate_no, 1, 18) <> id_number
),

-- the newest statement about a number counts
newest as (
    select
        *,
        row_number() over (partition by old_number order by changed_on desc, reason desc, current_number asc) as place
    from changes
),

-- what a number became, what that became since, and so on: each step doubles how far is followed
{%- set words = ['newest_words', 'followed_twice', 'followed_four_times', 'followed'] %}

newest_words as (
    select
        old_number,
        current_number,
        reason,
        full_name,
        changed_on,
        feed_id,
        batch_id,
        row_no
    from newest
    where place = 1
),

{% for step in words[1:] -%}
{{ step }} as (
    select
        words.old_number,
        coalesce(later.current_number, words.current_number) as current_number,
        words.reason,
        words.full_name,
        words.changed_on,
        words.feed_id,
        words.batch_id,
        words.row_no
    from {{ words[loop.index0] }} as words
    left join {{ words[loop.index0] }} as later on words.current_number = later.old_number
),

{% endfor -%}
holders as (
    select
        id_number,
        full_name
    from {{ ref('int_enrolment') }}
    union all
    select
        id_number,
        full_name
    from {{ ref('stg_public_security__household_register') }}
),

others as (
    select followed.old_number
    from followed
    inner join holders on followed.old_number = holders.id_number
    where not {{ names_agree('followed.full_name', 'holders.full_name') }}
    group by followed.old_number
),

judged as (
    select
        followed.*,
        others.old_number is not null as belongs_to_another
    from followed
    left join others on followed.old_number = others.old_number
    where followed.old_number <> followed.current_number
),

-- if the changes run in a circle, nobody knows which number is the present one
settled as (
    select judged.*
    from judged
    left join judged as further
        on judged.current_number = further.old_number and not further.belongs_to_another
    where further.old_number is null
),

numbers as (
    select
        current_number,
        old_number as id_number
    from settled
    where not belongs_to_another
    union
    select
        current_number,
        current_number as id_number
    from settled
),

known as (
    select
        numbers.current_number,
        numbers.id_number,
        row_number() over (
            partition by numbers.current_number
            order by versions.told_on, versions.updated_at, numbers.id_number
        ) as place
    from numbers
    inner join versions on numbers.id_number = versions.id_number
)

select
    settled.old_number,
    settled.current_number,
    coalesce(known.id_number, settled.current_number) as first_number,
    settled.reason,
    settled.changed_on,
    settled.belongs_to_another,
    settled.feed_id,
    settled.batch_id,
    settled.row_no
from settled
left join known on settled.current_number = known.current_number and known.place = 1
