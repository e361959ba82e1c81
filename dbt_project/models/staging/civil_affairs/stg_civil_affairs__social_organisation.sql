-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__social_organisation',
    table='civil_affairs__social_organisation',
    mode='delta',
    key=['uscc'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'uscc',
        'organisation_name',
        'organisation_class',
        'region_code',
        'legal_representative_name',
        'legal_representative_id_number',
        'registered_on',
        'state',
        'last_report_year',
        'last_report_accepted_on',
        'updated_at',
    ]
) }}
