-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='housing__public_rental',
    table='housing__public_rental',
    mode='snapshot',
    key=['id_number'],
    columns=[
        'applicant_name',
        'id_number',
        'support_form',
        'subsidy_amount',
        'moved_in_on',
    ]
) }}
