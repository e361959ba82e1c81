-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='social_security__employee_pension',
    table='social_security__employee_pension',
    mode='snapshot',
    key=['person_no'],
    columns=[
        'person_no',
        'id_number',
        'full_name',
        'insurance_status',
        'contribution_base',
        'pension_amount',
        'pension_start_month',
    ]
) }}
