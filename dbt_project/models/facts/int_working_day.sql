{{ config(indexes=[{'columns': ['day'], 'unique': True}, {'columns': ['working_day_no']}]) }}

-- working_day_no counts the working days up to and including the day. The difference of two is the number of working
-- days between them.
select
    day,
    is_workday,
    cast(sum(case when is_workday then 1 else 0 end) over (order by day) as {{ int_type() }})
        as working_day_no
from {{ ref('working_days') }}
