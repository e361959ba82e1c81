-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='public_security__detention',
    table='public_security__detention',
    mode='snapshot',
    key=['id_number', 'custody_start'],
    columns=[
        'full_name',
        'id_number',
        'custody_start',
        'custody_end',
        'facility',
    ]
) }}
