-- A build replaces tables that others read. One reader that is idle in a transaction keeps such a change
-- waiting, and every reader that comes later waits behind the change. So a change asks for its lock for
-- seconds only, lets the others through, and asks again until its time is up; then it names who holds it.

insert into ops.settings (name, value, meaning) values
('build_lock_step_seconds', '2', 'how long one try of a build waits for a table that somebody reads; others wait behind it meanwhile'),
('build_lock_wait_seconds', '90', 'how long a build tries to replace one table that somebody reads, before it fails and names the session');

create function ops.lock_holders(relation regclass) returns text
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
comment on function ops.lock_holders(regclass)
is 'Who holds a lock on a table or on a view over it. State and since: for members of pg_read_all_stats.';

create function ops.run_patiently(statement text, relation text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    usual text := current_setting('lock_timeout');
    step text := coalesce((select s.value || 's' from ops.settings as s where s.name = 'build_lock_step_seconds'), '2s');
    most numeric := coalesce((select s.value::numeric from ops.settings as s where s.name = 'build_lock_wait_seconds'), 90);
    deadline timestamptz := clock_timestamp() + make_interval(secs => most::double precision);
    pause double precision := 1;
begin
    loop
        begin
            perform set_config('lock_timeout', step, true);
            execute statement;
            perform set_config('lock_timeout', usual, true);
            return;
        exception when lock_not_available then
            null; -- the others that wait for the table go on now
        end;
        exit when clock_timestamp() >= deadline;
        perform pg_sleep(pause);
        pause := least(pause * 2, 8);
    end loop;
    perform pg_stat_clear_snapshot();
    raise exception '% is locked by %; it was asked for % seconds (build_lock_wait_seconds in ops.settings)',
        relation, ops.lock_holders(to_regclass(relation)), most
        using errcode = 'lock_not_available', hint = 'end that transaction (pg_terminate_backend), then build again';
end
$$;
comment on function ops.run_patiently(text, text)
is 'Runs a change of a table that others read: short tries, pauses between them, a bound; names who is in the way.';
