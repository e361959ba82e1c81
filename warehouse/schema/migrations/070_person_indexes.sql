-- Staging tables that were made before people were looked for by number in all of them.
do $$
declare
    wanted record;
begin
    for wanted in
        select c.table_name, c.column_name
        from information_schema.columns as c
        where c.table_schema = 'staging'
            and c.column_name in ('id_number', 'husband_id_number', 'wife_id_number')
    loop
        execute format('create index on staging.%I (%I)', wanted.table_name, wanted.column_name);
    end loop;
end
$$;
