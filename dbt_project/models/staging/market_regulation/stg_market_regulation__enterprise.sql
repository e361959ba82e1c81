-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='market_regulation__enterprise',
    table='market_regulation__enterprise',
    mode='delta',
    key=['uscc', 'id_number', 'role'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'uscc',
        'organisation_name',
        'full_name',
        'id_number',
        'role',
        'subscribed_capital',
        'registration_status',
        'established_on',
        'cancelled_on',
        'updated_at',
    ]
) }}
