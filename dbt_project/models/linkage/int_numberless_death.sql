-- The dead whose number the funeral home did not know. Rows with a malformed number are not among them: decode has set
-- those aside.
select
    cremation_no,
    full_name,
    birth_date,
    case when sex in ('male', 'female') then sex end as sex,
    region_code,
    death_date,
    cremated_on,
    feed_id,
    cast(batch_id as {{ text_type() }}) as batch_id,
    row_no
from {{ ref('stg_civil_affairs__cremation') }}
where id_number is null and death_date <= {{ as_of() }}
