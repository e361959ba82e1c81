{{ config(indexes=[{'columns': ['old_number'], 'unique': True}]) }}

-- Numbers a person was known by before, each with the row that says so and why it is believed.
--   renumbered_case  a registry wrote another number, and no other name, into the same case
--   certificate      a disability certificate was issued under another number than the one it is held with
-- belongs_to_another: somebody with another name holds that number, by the register or a registry: then it was a slip
-- of the pen, and nothing that is said of the other may be laid at this person's door.
-- first_number: the one the person's key was made of. It stays when the number is changed again.
{%- set cases = [
    ('civil_affairs__dibao', 'member_id'),
    ('civil_affairs__low_income', 'member_id'),
    ('civil_affairs__tekun', 'case_id'),
    ('civil_affairs__orphan', 'case_id'),
    ('civil_affairs__disability_allowance', 'case_id'),
    ('civil_affairs__elder_care__old_age_allowance', 'case_id'),
] %}

with versions as (
    {% for table, key in cases -%}
    select
        concat('{{ table }}', ':', case_rows.{{ key }}) as source_key,
        case_rows.id_number,
        case_rows.full_name,
        case_rows.updated_at,
        batches.feed_id,
        case_rows.batch_id,
        case_rows.row_no
    from {{ source('civil_affairs', table) }} as case_rows
    inner join {{ ref('stg_current_batches') }} as batches on case_rows.batch_id = batches.batch_id
    where case_rows.operation <> 'delete'
    {% if not loop.last %}union all{% endif %}
    {% endfor -%}
),

renumbered as (
    select source_key from versions
    group by source_key
    having count(distinct id_number) > 1
),

ranked as (
    select
        versions.*,
        row_number() over (partition by versions.source_key order by versions.updated_at desc, versions.row_no desc)
            as newest,
        row_number() over (partition by versions.source_key order by versions.updated_at, versions.row_no) as oldest,
        row_number() over (
            partition by versions.source_key, versions.id_number order by versions.updated_at desc, versions.row_no desc
        ) as newest_of_number
    from versions
    inner join renumbered on versions.source_key = renumbered.source_key
),

changes as (
    select
        before.id_number as old_number,
        now.id_number as current_number,
        first_ones.id_number as first_number,
        'renumbered_case' as reason,
        before.full_name,
        cast(now.updated_at as date) as changed_on,
        before.feed_id,
        cast(before.batch_id as {{ text_type() }}) as batch_id,
        before.row_no
    from ranked as before
    inner join ranked as now on before.source_key = now.source_key and now.newest = 1
    inner join ranked as first_ones on before.source_key = first_ones.source_key and first_ones.oldest = 1
    where
        before.newest_of_number = 1
        and before.id_number <> now.id_number
        and {{ names_agree('before.full_name', 'now.full_name') }}

    union all

    select
        substr(certificate_no, 1, 18) as old_number,
        id_number as current_number,
        id_number as first_number,
        'certificate' as reason,
        full_name,
        issued_on as changed_on,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_disabled_federation__disability_certificate') }}
    where length(certificate_no) >= 20 and substr(certificate_no, 1, 18) <> id_number
),

-- the newest word about a number counts
newest as (
    select
        *,
        row_number() over (partition by old_number order by changed_on desc, reason desc, current_number asc) as place
    from changes
),

-- what a number became, and what that became since
followed as (
    select
        newest.old_number,
        coalesce(later.current_number, newest.current_number) as current_number,
        newest.first_number,
        newest.reason,
        newest.full_name,
        newest.changed_on,
        newest.feed_id,
        newest.batch_id,
        newest.row_no
    from newest
    left join newest as later on newest.current_number = later.old_number and later.place = 1
    where newest.place = 1
),

holders as (
    select
        id_number,
        full_name
    from {{ ref('int_enrolment') }}
    union all
    select
        id_number,
        full_name
    from {{ ref('stg_public_security__household_register') }}
),

others as (
    select followed.old_number
    from followed
    inner join holders on followed.old_number = holders.id_number
    where not {{ names_agree('followed.full_name', 'holders.full_name') }}
    group by followed.old_number
)

select
    followed.old_number,
    followed.current_number,
    followed.first_number,
    followed.reason,
    followed.changed_on,
    others.old_number is not null as belongs_to_another,
    followed.feed_id,
    followed.batch_id,
    followed.row_no
from followed
left join others on followed.old_number = others.old_number
where followed.old_number <> followed.current_number
