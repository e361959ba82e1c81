-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='finance__chinaclear',
    table='finance__chinaclear',
    mode='query_reply',
    key=['id_number', 'account_no'],
    columns=[
        'request_id',
        'id_number',
        'full_name',
        'account_no',
        'market_value',
        'valued_on',
        'answer',
    ]
) }}
