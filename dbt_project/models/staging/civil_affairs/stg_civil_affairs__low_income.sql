-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__low_income',
    table='civil_affairs__low_income',
    mode='delta',
    key=['member_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'household_id',
        'member_id',
        'id_number',
        'full_name',
        'relation_to_head',
        'region_code',
        'standard_class',
        'household_income',
        'status',
        'start_date',
        'stop_date',
        'updated_at',
    ]
) }}
