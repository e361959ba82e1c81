-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='social_security__employment_register',
    table='social_security__employment_register',
    mode='delta',
    key=['record_no'],
    cursor='updated_at',
    columns=[
        'record_no',
        'id_number',
        'full_name',
        'employer_name',
        'employer_uscc',
        'employed_on',
        'ended_on',
        'monthly_wage',
        'updated_at',
    ]
) }}
