-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='platform__application',
    table='platform__application',
    mode='delta',
    key=['application_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'application_id',
        'matter',
        'household_id',
        'id_number',
        'full_name',
        'region_code',
        'accepted_on',
        'decided_on',
        'status',
        'current_step',
        'current_level',
        'updated_at',
    ]
) }}
