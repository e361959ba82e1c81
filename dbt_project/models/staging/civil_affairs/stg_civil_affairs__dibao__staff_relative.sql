-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='civil_affairs__dibao',
    table='civil_affairs__dibao__staff_relative',
    mode='delta',
    key=['record_no'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'record_no',
        'staff_id',
        'staff_name',
        'staff_position',
        'has_approval_rights',
        'relative_id_number',
        'relative_name',
        'relation',
        'filed_on',
        'home_visit_on',
        'updated_at',
    ]
) }}
