-- Derived from connectors/feeds, do not edit: run `python -m connectors.catalogue.dbt_sources --write`.
{{ current_rows(
    feed='public_security__household_register',
    table='public_security__household_register',
    mode='delta',
    key=['id_number'],
    cursor='updated_at',
    deletes=true,
    columns=[
        'id_number',
        'full_name',
        'sex',
        'ethnic_group',
        'birth_date',
        'household_no',
        'relation_to_head',
        'register_district',
        'register_address',
        'register_type',
        'register_status',
        'updated_at',
    ]
) }}
