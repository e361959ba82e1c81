-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='platform__approval_step',
    table='platform__approval_step',
    mode='delta',
    key=['application_id', 'step_no'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'application_id',
        'step_no',
        'step_name',
        'level',
        'staff_id',
        'staff_name',
        'result',
        'opinion',
        'finished_at',
        'updated_at',
    ]
) }}
