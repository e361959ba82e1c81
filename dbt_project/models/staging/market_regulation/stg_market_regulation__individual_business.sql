-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='market_regulation__individual_business',
    table='market_regulation__individual_business',
    mode='delta',
    key=['uscc'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'uscc',
        'registration_no',
        'organisation_name',
        'full_name',
        'id_number',
        'employee_count',
        'registration_status',
        'established_on',
        'cancelled_on',
        'updated_at',
    ]
) }}
