-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='provident_fund__provincial_branch',
    table='provident_fund__provincial_branch',
    mode='snapshot',
    key=['id_number', 'account_no'],
    columns=[
        'id_number',
        'full_name',
        'account_no',
        'contribution_base',
        'balance',
        'account_status',
    ]
) }}
