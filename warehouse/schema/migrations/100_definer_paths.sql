-- Functions that run with their owner's rights look for types in pg_temp before pg_catalog unless their path names
-- pg_temp, last. Otherwise a reader makes a temporary domain called "name" or "date", and its check runs as the owner.
-- Every function of ours that is there, whatever made it; warehouse/access.py does the same after each migration.
do $$
declare
    definer regprocedure;
begin
    for definer in
        select p.oid
        from pg_catalog.pg_proc as p
        inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            and pg_catalog.pg_has_role(p.proowner, 'usage')
    loop
        execute format('alter routine %s set search_path = pg_catalog, pg_temp', definer);
    end loop;
end
$$;

-- Readers may call what is meant for them. These had the right of everybody.
do $$
declare
    mart text;
begin
    foreach mart in array array['warnings', 'cross_check_hits', 'unanswered'] loop
        execute format('grant execute on function marts.%I(bigint) to hub_app', mart || '_as_of');
        execute format('grant execute on function marts.%I(bigint) to hub_app, hub_analyst', mart || '_masked_as_of');
    end loop;
end
$$;
