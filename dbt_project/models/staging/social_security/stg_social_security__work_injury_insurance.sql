-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='social_security__work_injury_insurance',
    table='social_security__work_injury_insurance',
    mode='snapshot',
    key=['id_number'],
    columns=[
        'id_number',
        'full_name',
        'injury_grade',
        'care_allowance',
    ]
) }}
