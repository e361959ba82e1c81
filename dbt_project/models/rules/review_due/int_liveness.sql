{{ config(indexes=[{'columns': ['id_number'], 'unique': True}]) }}

-- The last proof that a person was alive at the business date, one a person.
with confirmations as (
    select
        id_number,
        cast(confirmed_at as date) as confirmed_on,
        method,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no,
        row_number() over (partition by id_number order by confirmed_at desc, confirmation_id desc) as place
    from {{ ref('stg_platform__liveness_confirmation') }}
    where cast(confirmed_at as date) <= {{ as_of() }}
)

select
    id_number,
    confirmed_on,
    method,
    feed_id,
    batch_id,
    row_no
from confirmations
where place = 1
