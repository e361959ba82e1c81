-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__disability_allowance',
    table='civil_affairs__disability_allowance',
    mode='delta',
    key=['case_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'case_id',
        'id_number',
        'full_name',
        'region_code',
        'allowance_type',
        'certificate_no',
        'status',
        'start_date',
        'stop_date',
        'monthly_amount',
        'updated_at',
    ]
) }}
