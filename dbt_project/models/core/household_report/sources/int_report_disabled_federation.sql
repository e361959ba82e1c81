-- Certificates, and what their holders get.
select
    certificates.id_number,
    certificates.full_name,
    cast(certificates.feed_id as {{ text_type() }}) as feed_id,
    cast('disability' as {{ text_type() }}) as item,
    cast(
        concat(certificates.disability_class, ' ', certificates.disability_level, ' ', certificates.certificate_status)
        as {{ text_type() }}
    ) as value,
    cast(null as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(certificates.valid_until as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(certificates.batch_id as {{ text_type() }}) as batch_id,
    certificates.row_no
from {{ ref('stg_disabled_federation__disability_certificate') }} as certificates

union all

-- these rows carry a certificate, and the certificate carries the number
select
    certificates.id_number,
    services.full_name,
    cast(services.feed_id as {{ text_type() }}) as feed_id,
    cast('disability_service' as {{ text_type() }}) as item,
    cast(services.employment_form as {{ text_type() }}) as value,
    cast(services.subsidy_amount as numeric(14, 2)) as amount,
    cast(null as numeric(14, 2)) as threshold,
    cast(null as numeric(14, 2)) as debits,
    cast(null as numeric(14, 2)) as income,
    cast(null as date) as fact_date,
    cast(null as boolean) as speaks,
    cast(null as {{ text_type() }}) as unit_no,
    cast(null as numeric(9, 6)) as owner_share,
    cast(services.batch_id as {{ text_type() }}) as batch_id,
    services.row_no
from {{ ref('stg_disabled_federation__disability_certificate') }} as certificates
inner join {{ ref('stg_disabled_federation__employment_rehabilitation') }} as services
    on certificates.certificate_no = services.certificate_no
