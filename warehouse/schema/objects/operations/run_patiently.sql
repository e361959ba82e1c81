-- Runs a change of a table that others read. One reader that is idle in a transaction keeps such a change waiting,
-- and every later reader waits behind the change. So a change asks for its lock for seconds only
-- (build_lock_step_seconds), lets the others through, and asks again until its time is up
-- (build_lock_wait_seconds); then it names who holds the lock.
create or replace function ops.run_patiently(statement text, relation text) returns void
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
comment on function ops.run_patiently(text, text) is
    'Runs a change of a table that others read: short tries, pauses between them, a bound; names who is in the way.';
revoke all on function ops.run_patiently(text, text) from public, hub_app, hub_analyst;
