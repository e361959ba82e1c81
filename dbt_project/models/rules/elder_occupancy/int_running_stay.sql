{{ config(indexes=[{'columns': ['id_number']}]) }}

-- Who lives in which care home on the business date.
select
    stays.stay_id,
    stays.institution_id,
    homes.region_code,
    persons.person_id,
    stays.id_number,
    stays.full_name,
    persons.birth_date,
    stays.checked_in_on,
    stays.checked_out_on,
    stays.feed_id,
    cast(stays.batch_id as {{ text_type() }}) as batch_id,
    stays.row_no
from {{ ref('stg_civil_affairs__elder_care__stay') }} as stays
inner join {{ ref('stg_civil_affairs__elder_care__institution') }} as homes
    on stays.institution_id = homes.institution_id
inner join {{ ref('dim_person_alias') }} as persons on stays.id_number = persons.id_number
where {{ stay_runs('stays') }}
