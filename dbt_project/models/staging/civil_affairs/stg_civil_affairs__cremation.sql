-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__cremation',
    table='civil_affairs__cremation',
    mode='delta',
    key=['cremation_no'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'cremation_no',
        'id_number',
        'full_name',
        'birth_date',
        'sex',
        'region_code',
        'death_date',
        'cremated_on',
        'funeral_home',
        'applicant_id_number',
        'applicant_name',
        'urn_disposition',
        'subsidy_class',
        'subsidy_amount',
        'updated_at',
    ]
) }}
