-- Names the session that holds the lock of publication.
create or replace function ops.publication_holder() returns integer
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select l.pid
    from pg_locks as l
    where l.locktype = 'relation' and l.granted and l.mode = 'ExclusiveLock'
        and l.relation = 'ops.publication_lock'::regclass
        and l.database = (select d.oid from pg_database as d where d.datname = current_database())
$$;
comment on function ops.publication_holder() is 'The session that writes warnings now; null: none, or no session';
revoke all on function ops.publication_holder() from public, hub_app, hub_analyst;
