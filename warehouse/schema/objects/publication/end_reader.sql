-- Ends a session of an application that keeps others waiting. Never one of the owner's: a publication takes as long
-- as it takes.
create or replace function ops.end_reader(session integer) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_terminate_backend(a.pid, 5000)
    from pg_stat_activity as a
    inner join pg_roles as r on r.oid = a.usesysid
    where a.pid = end_reader.session and not r.rolsuper
        and pg_has_role(r.oid, 'hub_app', 'member') and not pg_has_role(r.oid, current_user, 'member');
exception when insufficient_privilege then
    null; -- it is named instead
end
$$;
comment on function ops.end_reader(integer) is 'Ends a session of hub_app that keeps others waiting, where we may';
revoke all on function ops.end_reader(integer) from public, hub_app, hub_analyst;
