{{ config(indexes=[{'columns': ['id_number']}]) }}

-- is_latest: the move that counts at the business date. On one day an arrival counts after a departure. Of one event
-- reported twice, the later report counts.
with moves as (
    select
        events.id_number,
        events.full_name,
        events.direction,
        events.moved_on,
        events.from_district,
        events.to_district,
        events.feed_id,
        cast(events.batch_id as {{ text_type() }}) as batch_id,
        events.row_no,
        batches.as_of as delivered_on,
        persons.person_id
    from {{ ref('stg_public_security__migration') }} as events
    inner join {{ ref('stg_current_batches') }} as batches on events.batch_id = batches.batch_id
    inner join {{ ref('dim_person_alias') }} as persons on events.id_number = persons.id_number
    where events.moved_on <= {{ as_of() }}
)

select
    *,
    row_number() over (
        partition by id_number
        order by
            moved_on desc,
            case when direction = 'in' then 0 else 1 end,
            delivered_on desc,
            row_no desc
    ) = 1 as is_latest
from moves
