-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__elder_care',
    table='civil_affairs__elder_care__institution',
    mode='delta',
    key=['institution_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'institution_id',
        'institution_name',
        'uscc',
        'region_code',
        'approved_beds',
        'opened_on',
        'updated_at',
    ]
) }}
