-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='market_regulation__farmer_cooperative',
    table='market_regulation__farmer_cooperative',
    mode='snapshot',
    key=['uscc', 'id_number'],
    columns=[
        'uscc',
        'organisation_name',
        'full_name',
        'id_number',
        'contribution_amount',
        'registration_status',
        'established_on',
    ]
) }}
