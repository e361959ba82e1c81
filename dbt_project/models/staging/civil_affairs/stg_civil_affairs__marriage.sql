-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__marriage',
    table='civil_affairs__marriage',
    mode='delta',
    key=['certificate_no'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'certificate_no',
        'event_type',
        'registered_on',
        'office',
        'husband_id_number',
        'husband_name',
        'wife_id_number',
        'wife_name',
        'updated_at',
    ]
) }}
