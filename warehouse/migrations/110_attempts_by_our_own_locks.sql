-- As in 093, by the locks of 102: whoever works on a feed is a session named in ops.locks that holds the number beside
-- it. By the former advisory lock every attempt at work was a dead one.
create or replace function ops.dead_attempts() returns table (feed_id text, as_of date, started_at timestamptz)
language sql stable
as $$
    select o.feed_id, o.as_of, o.started_at
    from ops.open_attempts as o
    where not exists (
        select from ops.locks as held
        inner join pg_catalog.pg_locks as l on l.pid = held.pid
        where held.name = 'feed ' || o.feed_id
            and l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and (l.classid::bigint << 32) | l.objid::bigint = held.token
            and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    )
$$;
