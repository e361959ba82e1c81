{{ config(
    materialized='table',
    indexes=[{'columns': ['batch_id'], 'unique': True}],
    post_hook="{{ analyse(this) }}"
) }}

{{ current_batches(as_of()) }}
