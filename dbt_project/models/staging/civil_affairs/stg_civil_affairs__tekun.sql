-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__tekun',
    table='civil_affairs__tekun',
    mode='delta',
    key=['case_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'case_id',
        'id_number',
        'full_name',
        'region_code',
        'person_class',
        'standard_class',
        'support_form',
        'ability_tier',
        'institution_name',
        'status',
        'start_date',
        'stop_date',
        'basic_amount',
        'care_amount',
        'updated_at',
    ]
) }}
