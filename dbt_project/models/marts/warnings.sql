{{ config(indexes=[{'columns': ['warning_id'], 'unique': True}]) }}

select
    {{ warning_columns() }}
from {{ ref('int_found_warning') }}

union all

select
    {{ warning_columns() }}
from {{ ref('wrn_overdue_task_warnings') }}
