{{ config(indexes=[{'columns': ['id_number']}]) }}

-- Names people were known by before: a registry wrote another name into the same case under the same number. Another
-- spelling of one name (damaged, or in traditional characters) is not another name. A name that came together with
-- another number belongs to another person. The row is the last one with the former name.
-- belongs_to_another: a benefit runs under that number with a name that is not the case's present one. Then two people
-- share the number, or one registry has not heard of the change. Nobody can say which, so the name proves nothing.
with versions as (
    select * from {{ ref('int_renamed_case') }}
),

renamed as (
    select
        versions.*,
        present.full_name as current_name
    from versions
    inner join {{ ref('int_enrolment') }} as present
        on
            versions.enrolment_id = present.enrolment_id
            and versions.id_number = present.id_number
            and versions.full_name <> present.full_name
    where not {{ names_agree('versions.full_name', 'present.full_name') }}
),

dated as (
    select
        renamed.id_number,
        renamed.full_name as former_name,
        renamed.current_name,
        renamed.updated_at,
        renamed.enrolment_id,
        renamed.feed_id,
        renamed.batch_id,
        renamed.row_no,
        min(later.updated_at) as changed_at
    from renamed
    inner join versions as later
        on renamed.enrolment_id = later.enrolment_id and renamed.updated_at < later.updated_at
    group by
        renamed.id_number,
        renamed.full_name,
        renamed.current_name,
        renamed.updated_at,
        renamed.enrolment_id,
        renamed.feed_id,
        renamed.batch_id,
        renamed.row_no
),

newest as (
    select
        *,
        row_number() over (
            partition by id_number, former_name order by updated_at desc, enrolment_id asc, row_no desc, batch_id desc
        ) as place
    from dated
),

others as (
    select
        dated.id_number,
        dated.former_name
    from dated
    inner join {{ ref('int_enrolment') }} as holders
        on dated.id_number = holders.id_number and holders.is_active
    where not {{ names_agree('dated.current_name', 'holders.full_name') }}
    group by dated.id_number, dated.former_name
)

select
    newest.id_number,
    newest.former_name,
    newest.current_name,
    'renamed_case' as reason,
    cast(newest.changed_at as date) as changed_on,
    others.id_number is not null as belongs_to_another,
    newest.feed_id,
    newest.batch_id,
    newest.row_no
from newest
left join others on newest.id_number = others.id_number and newest.former_name = others.former_name
where newest.place = 1
