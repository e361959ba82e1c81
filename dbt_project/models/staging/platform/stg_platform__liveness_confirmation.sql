-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='platform__liveness_confirmation',
    table='platform__liveness_confirmation',
    mode='delta',
    key=['confirmation_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'confirmation_id',
        'id_number',
        'full_name',
        'confirmed_at',
        'method',
        'updated_at',
    ]
) }}
