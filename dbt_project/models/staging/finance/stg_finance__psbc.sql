-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='finance__psbc',
    table='finance__psbc',
    mode='query_reply',
    key=['request_id', 'sequence_no', 'account_no'],
    columns=[
        'request_id',
        'sequence_no',
        'full_name',
        'id_type',
        'id_number',
        'branch_name',
        'bank_code',
        'account_type',
        'account_no',
        'balance',
        'large_debits_half_year',
        'wealth_products',
        'answer',
        'queried_on',
    ]
) }}
