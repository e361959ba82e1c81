{{ config(indexes=[{'columns': ['id_number'], 'unique': True}]) }}

-- The certificate that counts at the business date, one a person: the one in force, else the one issued last. A
-- certificate is valid through its last day, whatever the federation has entered since.
with certificates as (
    select
        id_number,
        full_name,
        disability_class,
        disability_level,
        issued_on,
        valid_until,
        certificate_status,
        case
            when certificate_status = 'valid' and valid_until < {{ as_of() }} then 'expired'
            else certificate_status
        end as state,
        updated_at,
        certificate_no,
        feed_id,
        cast(batch_id as {{ text_type() }}) as batch_id,
        row_no
    from {{ ref('stg_disabled_federation__disability_certificate') }}
    where issued_on <= {{ as_of() }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by id_number
            order by
                case when state = 'valid' then 0 else 1 end,
                issued_on desc,
                updated_at desc,
                certificate_no desc
        ) as place
    from certificates
)

select
    id_number,
    full_name,
    disability_class,
    disability_level,
    issued_on,
    valid_until,
    certificate_status,
    state,
    feed_id,
    batch_id,
    row_no
from ranked
where place = 1
