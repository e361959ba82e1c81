-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='public_security__exit_entry',
    table='public_security__exit_entry',
    mode='query_reply',
    key=['id_number', 'crossed_on', 'direction'],
    columns=[
        'request_id',
        'id_number',
        'full_name',
        'direction',
        'crossed_on',
        'destination',
        'document_no',
        'answer',
    ]
) }}
