-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='housing__sale_contract',
    table='housing__sale_contract',
    mode='delta',
    key=['contract_no'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'buyer_name',
        'id_number',
        'contract_no',
        'price',
        'registered_on',
        'updated_at',
    ]
) }}
