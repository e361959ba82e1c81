-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='social_security__unemployment_insurance',
    table='social_security__unemployment_insurance',
    mode='snapshot',
    key=['id_number', 'benefit_start_month'],
    columns=[
        'id_number',
        'full_name',
        'benefit_amount',
        'benefit_start_month',
        'benefit_end_month',
    ]
) }}
