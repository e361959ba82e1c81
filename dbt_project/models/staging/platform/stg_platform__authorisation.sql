-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='platform__authorisation',
    table='platform__authorisation',
    mode='delta',
    key=['authorisation_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'authorisation_id',
        'household_id',
        'id_number',
        'full_name',
        'scope',
        'authorised_from',
        'authorised_until',
        'check_due_on',
        'signed_by',
        'updated_at',
    ]
) }}
