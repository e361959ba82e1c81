-- Lists open attempts whose process is gone.
create or replace function ops.dead_attempts() returns table (feed_id text, as_of date, started_at timestamptz)
language sql stable
as $$
    select o.feed_id, o.as_of, o.started_at
    from ops.open_attempts as o
    -- the session that has the lock of the feed shows by its token that it is still there (warehouse.locks)
    where not exists (
        select from ops.locks as k
        inner join pg_catalog.pg_locks as l on l.pid = k.pid
        where k.name = 'feed ' || o.feed_id
            and l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and (l.classid::bigint << 32) | l.objid::bigint = k.token
            and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    )
$$;
comment on function ops.dead_attempts() is 'Open attempts nobody works on any more';
revoke all on function ops.dead_attempts() from public, hub_app, hub_analyst;
