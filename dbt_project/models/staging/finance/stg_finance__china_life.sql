-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='finance__china_life',
    table='finance__china_life',
    mode='query_reply',
    key=['request_id', 'id_number', 'policy_no'],
    columns=[
        'request_id',
        'id_number',
        'full_name',
        'policy_no',
        'insurance_kind',
        'cash_value',
        'policy_status',
        'answer',
    ]
) }}
