{{ config(indexes=[{'columns': ['enrolment_id']}]) }}

-- Every version of the cases in which a registry has written more than one name.
with versions as (
    {{ case_versions() }}
),

renamed as (
    select enrolment_id from versions
    group by enrolment_id
    having min(full_name) <> max(full_name)
)

select
    versions.enrolment_id,
    versions.id_number,
    versions.full_name,
    versions.updated_at,
    versions.feed_id,
    cast(versions.batch_id as {{ text_type() }}) as batch_id,
    versions.row_no
from versions
inner join renamed on versions.enrolment_id = renamed.enrolment_id
