-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='public_security__vehicle',
    table='public_security__vehicle',
    mode='query_reply',
    key=['id_number', 'plate_no'],
    columns=[
        'request_id',
        'id_number',
        'full_name',
        'plate_no',
        'plate_type',
        'vehicle_type',
        'first_registered_on',
        'state',
        'use_nature',
        'answer',
    ]
) }}
