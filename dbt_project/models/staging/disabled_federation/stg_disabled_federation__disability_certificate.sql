-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='disabled_federation__disability_certificate',
    table='disabled_federation__disability_certificate',
    mode='delta',
    key=['certificate_no'],
    cursor='updated_at',
    columns=[
        'certificate_no',
        'full_name',
        'id_number',
        'disability_class',
        'disability_level',
        'issued_on',
        'valid_until',
        'certificate_status',
        'updated_at',
    ]
) }}
