-- Names the sessions that are in the way of a change of a table.
create or replace function ops.lock_holders(relation regclass) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    -- a table is dropped with the views that read it: a lock on one of those is in the way as well
    with recursive reached (oid) as (
        select relation::oid
        union
        select w.ev_class
        from reached
        inner join pg_depend as d
            on d.refclassid = 'pg_class'::regclass and d.refobjid = reached.oid
            and d.classid = 'pg_rewrite'::regclass
        inner join pg_rewrite as w on w.oid = d.objid
    ),

    holders as (
        select distinct l.pid
        from pg_locks as l
        inner join reached on reached.oid = l.relation
        inner join pg_database as b on b.oid = l.database and b.datname = current_database()
        where l.granted and l.pid is distinct from pg_backend_pid()
    )

    select coalesce(string_agg(
        case
            when h.pid is null then 'a prepared transaction (pg_prepared_xacts)'
            else format(
                'process %s (user %s, application %s, %s since %s)', h.pid, coalesce(a.usename, 'unknown'),
                coalesce(nullif(a.application_name, ''), 'unknown'), coalesce(a.state, 'state unknown'),
                coalesce(date_trunc('second', a.xact_start)::text, 'unknown')
            )
        end, ', ' order by h.pid
    ), 'a session that is gone by now')
    from holders as h
    left join pg_stat_activity as a on a.pid = h.pid
$$;
comment on function ops.lock_holders(regclass) is
    'Who holds a lock on a table or on a view over it. State and since: for members of pg_read_all_stats.';
revoke all on function ops.lock_holders(regclass) from public, hub_app, hub_analyst;
