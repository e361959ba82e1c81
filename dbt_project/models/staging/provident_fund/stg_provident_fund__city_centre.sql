-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='provident_fund__city_centre',
    table='provident_fund__city_centre',
    mode='query_reply',
    key=['id_number', 'account_no'],
    columns=[
        'request_id',
        'id_number',
        'full_name',
        'account_no',
        'contribution_base',
        'monthly_deposit',
        'balance',
        'account_status',
        'last_deposit_month',
        'answer',
    ]
) }}
