-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='social_security__resident_pension',
    table='social_security__resident_pension',
    mode='snapshot',
    key=['id_number', 'paid_month'],
    columns=[
        'id_number',
        'full_name',
        'contribution_grade',
        'basic_pension',
        'paid_month',
    ]
) }}
