{{ config(indexes=[{'columns': ['id_number', 'full_name'], 'unique': True}, {'columns': ['person_id']}]) }}

-- Every name a number is or was known by. A name that only the register has is listed but proves nothing: a fact under
-- it may be about somebody else, whose number a registry wrote down by mistake.
with names as (
    select
        id_number,
        full_name,
        'current' as reason,
        1 as reason_rank,
        cast(null as date) as changed_on,
        false as belongs_to_another,
        cast(null as {{ text_type() }}) as feed_id,
        cast(null as {{ text_type() }}) as batch_id,
        cast(null as bigint) as row_no
    from {{ ref('dim_person') }}

    union all

    select
        id_number,
        former_name as full_name,
        reason,
        2 as reason_rank,
        changed_on,
        belongs_to_another,
        feed_id,
        batch_id,
        row_no
    from {{ ref('int_name_change') }}

    union all

    select
        answers.id_number,
        answers.full_name,
        'register' as reason,
        3 as reason_rank,
        cast(null as date) as changed_on,
        false as belongs_to_another,
        answers.feed_id,
        answers.batch_id,
        answers.row_no
    from {{ ref('int_register_answer') }} as answers
    inner join {{ ref('dim_person') }} as persons on answers.id_number = persons.id_number
    where answers.full_name is not null and not {{ names_agree('persons.full_name', 'answers.full_name') }}
),

ranked as (
    select
        *,
        row_number() over (partition by id_number, full_name order by reason_rank) as place
    from names
)

select
    ranked.id_number,
    ranked.full_name,
    persons.person_id,
    ranked.reason,
    ranked.changed_on,
    ranked.belongs_to_another,
    ranked.feed_id,
    ranked.batch_id,
    ranked.row_no,
    {{ as_of() }} as as_of
from ranked
inner join {{ ref('dim_person_alias') }} as persons on ranked.id_number = persons.id_number
where ranked.place = 1
