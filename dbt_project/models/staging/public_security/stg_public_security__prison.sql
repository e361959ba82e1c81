-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='public_security__prison',
    table='public_security__prison',
    mode='snapshot',
    key=['id_number', 'sentence_start'],
    columns=[
        'full_name',
        'id_number',
        'admitted_on',
        'sentence_start',
        'sentence_end',
        'released_on',
        'prison',
    ]
) }}
