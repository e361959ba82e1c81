-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='social_security__public_payroll',
    table='social_security__public_payroll',
    mode='snapshot',
    key=['id_number'],
    columns=[
        'id_number',
        'full_name',
        'employer_name',
        'staff_class',
        'monthly_salary',
    ]
) }}
