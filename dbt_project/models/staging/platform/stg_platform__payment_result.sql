-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='platform__payment_result',
    table='platform__payment_result',
    mode='delta',
    key=['payment_id'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'payment_id',
        'pay_month',
        'benefit_type',
        'case_id',
        'id_number',
        'payee_name',
        'account_no',
        'amount',
        'paid_on',
        'result',
        'updated_at',
        'account_digest',
    ]
) }}
