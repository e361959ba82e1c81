-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='disabled_federation__employment_rehabilitation',
    table='disabled_federation__employment_rehabilitation',
    mode='snapshot',
    key=['certificate_no'],
    columns=[
        'certificate_no',
        'full_name',
        'employment_form',
        'employer_name',
        'subsidy_amount',
    ]
) }}
