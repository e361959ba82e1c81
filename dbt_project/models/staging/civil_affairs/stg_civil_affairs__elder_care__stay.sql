-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__elder_care',
    table='civil_affairs__elder_care__stay',
    mode='delta',
    key=['stay_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'stay_id',
        'institution_id',
        'id_number',
        'full_name',
        'bed_no',
        'checked_in_on',
        'checked_out_on',
        'ability_tier',
        'updated_at',
    ]
) }}
