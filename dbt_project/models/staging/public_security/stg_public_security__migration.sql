-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='public_security__migration',
    table='public_security__migration',
    mode='events',
    key=['id_number', 'direction', 'moved_on'],
    columns=[
        'id_number',
        'full_name',
        'direction',
        'moved_on',
        'from_district',
        'to_district',
        'permit_no',
    ]
) }}
