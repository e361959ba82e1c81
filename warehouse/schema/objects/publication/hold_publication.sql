-- Takes the lock of publication and waits with a bound. A session that has kept the lock all that time with a step
-- is ended: a step is over in an instant, and a transaction left open by one clerk must not keep publication and
-- all the others waiting.
create or replace function ops.hold_publication() returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    former text := current_setting('lock_timeout');
    bound integer := (
        select greatest(s.value::numeric * 1000, 1) from ops.settings as s where s.name = 'step_most_seconds');
    holder integer;
    holding name;
begin
    perform set_config('lock_timeout', bound::text, true);
    for round in 1 .. 3 loop
        holder := ops.publication_holder();
        begin
            lock table ops.publication_lock in exclusive mode;
            perform set_config('lock_timeout', former, true);
            return;
        exception when lock_not_available then
            null;
        end;
        if holder = ops.publication_holder() then
            perform ops.end_reader(holder);
        end if;
    end loop;
    select a.usename into holding from pg_stat_activity as a where a.pid = holder;
    raise exception 'warnings are being written by %, for over % s', coalesce(
            format('session %s of role %s', holder, holding), 'a prepared transaction'), bound * 3 / 1000.0
        using errcode = 'lock_not_available',
            hint = 'try again when it has ended; a superuser may end it, or grant pg_signal_backend to the owner';
end
$$;
comment on function ops.hold_publication() is 'Takes the lock of whoever writes warnings and their events';
revoke all on function ops.hold_publication() from public, hub_app, hub_analyst;
