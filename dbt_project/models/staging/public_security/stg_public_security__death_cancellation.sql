-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='public_security__death_cancellation',
    table='public_security__death_cancellation',
    mode='delta',
    key=['id_number'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'id_number',
        'full_name',
        'death_date',
        'cancelled_on',
        'cause',
        'police_station',
        'updated_at',
    ]
) }}
