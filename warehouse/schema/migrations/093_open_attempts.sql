-- An attempt is written down when it begins. Its row goes when the attempt is recorded in ops.feed_runs, however
-- it ended: a row that nobody works on is an attempt whose process died.
create table ops.open_attempts (
    feed_id text primary key,
    as_of date not null,
    started_at timestamptz not null
);
comment on table ops.open_attempts is
    'Attempts that began and have no outcome yet; without a session that holds the lock of the feed, the process died';

alter table ops.feed_runs drop constraint feed_runs_outcome_check;
alter table ops.feed_runs add constraint feed_runs_outcome_check check (outcome in
    ('loaded', 'unchanged', 'not_delivered', 'unavailable', 'rejected', 'failed', 'died'));

create function ops.dead_attempts() returns table (feed_id text, as_of date, started_at timestamptz)
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
