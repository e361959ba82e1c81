-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='housing__real_estate_title',
    table='housing__real_estate_title',
    mode='query_reply',
    key=['id_number', 'title_no'],
    columns=[
        'request_id',
        'owner_name',
        'id_number',
        'title_no',
        'unit_no',
        'dwelling_use',
        'floor_area',
        'owner_share',
        'registered_on',
        'title_status',
        'answer',
    ]
) }}
