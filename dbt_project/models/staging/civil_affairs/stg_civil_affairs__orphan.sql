-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__orphan',
    table='civil_affairs__orphan',
    mode='delta',
    key=['case_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'case_id',
        'id_number',
        'full_name',
        'region_code',
        'orphan_class',
        'support_form',
        'guardian_id_number',
        'guardian_name',
        'welfare_certificate_no',
        'school_until',
        'status',
        'start_date',
        'stop_date',
        'monthly_amount',
        'updated_at',
    ]
) }}
