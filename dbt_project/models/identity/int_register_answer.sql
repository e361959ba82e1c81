{{ config(indexes=[{'columns': ['id_number'], 'unique': True}]) }}

select
    id_number,
    full_name,
    ethnic_group,
    household_no,
    relation_to_head,
    register_district,
    register_type,
    register_status,
    updated_at,
    feed_id,
    cast(batch_id as {{ text_type() }}) as batch_id,
    row_no
from {{ ref('stg_public_security__household_register') }}
