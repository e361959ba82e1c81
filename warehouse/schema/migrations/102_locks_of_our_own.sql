-- The lock of publication, where only the owner can take it: an advisory lock was open to every login, which could
-- stop publication and every clerk with it. One table, always empty: to lock a table needs rights on it.
create table ops.publication_lock (never boolean check (never is null));
comment on table ops.publication_lock is
    'Locked by whoever writes warnings and their events, until the end of the transaction; never holds a row';
create table ops.alerts_lock (never boolean check (never is null));
comment on table ops.alerts_lock is 'Locked while alerts are brought in line with the ledger; never holds a row';

insert into ops.settings (name, value, meaning)
values
    ('step_most_seconds', '30',
        'So long a session that took a step may keep its transaction open and all others waiting'),
    ('login_most_connections', '20', 'Connections a login of applications or analysts is given that has no limit'),
    ('login_idle_seconds', '600',
        'After so long an idle transaction of a login of applications or analysts ends that has no limit')
on conflict (name) do nothing;

create function ops.publication_holder() returns integer
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

-- Ends a session of an application. Never one of the owner's: a publication takes as long as it takes.
create function ops.end_reader(session integer) returns void
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

-- Waits with a bound. Whoever has kept the lock all that time with a step is ended; a step is over in an instant, and
-- a transaction left open by one clerk must not keep publication and all the others waiting.
create function ops.hold_publication() returns void
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
revoke all on function ops.publication_holder(), ops.end_reader(integer), ops.hold_publication() from public;

-- As in 085, with that lock, and with an end for the transaction a step was left open in.
create or replace function marts.take_step(
    warning_id text, step text, person text, opinion text default null, outcome text default null
) returns marts.warnings
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    reader name := ops.reader();
    patterns text[] := array(select ops.region_patterns(reader, 'hub_app'));
    said text := ops.without_numbers(nullif(btrim(take_step.opinion), ''));
    idle interval := (
        select greatest(s.value::numeric, 0.001) * interval '1 second'
        from ops.settings as s where s.name = 'step_most_seconds');
    today date;
    before marts.warnings;
    after marts.warnings;
    way ops.warning_steps;
    ending text;
begin
    -- the lock of publication and rollback: a step is before or after one, and events are seen in their order
    perform ops.hold_publication();
    -- whoever goes away in the middle is ended by the server; a shorter limit of the session's own stays
    if current_setting('idle_in_transaction_session_timeout')::interval not between '1 ms' and idle then
        perform set_config(
            'idle_in_transaction_session_timeout', (extract(epoch from idle) * 1000)::integer::text, true);
    end if;
    select max(p.as_of) into today from marts.publications as p;
    select w.* into before from marts.warnings as w
    where w.warning_id = take_step.warning_id and w.region_code like any (patterns);
    if before.warning_id is null then
        raise exception 'no such warning in your area' using errcode = 'no_data_found';
    end if;
    if nullif(btrim(take_step.person), '') is null then
        raise exception 'a step is taken by somebody: say who' using errcode = 'invalid_parameter_value';
    end if;
    select s.* into way from ops.warning_steps as s
    where s.step = take_step.step and s.from_status = before.status;
    if way.step is null then
        raise exception 'a warning that is % cannot be taken the step %', before.status, coalesce(take_step.step, '(none)')
            using errcode = 'object_not_in_prerequisite_state', hint = (
                select 'from here: ' || coalesce(string_agg(s.step, ', ' order by s.step), 'nothing, the system ended it')
                from ops.warning_steps as s where s.from_status = before.status);
    end if;
    if way.needs_handler and not exists (
        select from unnest(patterns) as p
        where before.region_code like p
            and length(p) <= case before.handler_level when 'community' then 13 when 'street' then 10
                when 'district' then 7 else 5 end
    ) then
        raise exception 'the step % is for the level % and above', way.step, before.handler_level
            using errcode = 'insufficient_privilege',
                hint = 'acknowledge and verify are for every level; hand it up with what was found';
    end if;
    if way.needs_opinion and said is null then
        raise exception 'the step % asks for an opinion', way.step using errcode = 'invalid_parameter_value',
            hint = 'what was found and why this follows, in words';
    end if;
    select o.name_zh into ending from ops.warning_outcomes as o
    where o.step = way.step and o.outcome = take_step.outcome;
    if ending is null and (take_step.outcome is not null or way.to_status in ('resolved', 'dismissed')) then
        raise exception 'the outcome % does not belong to the step %', coalesce(take_step.outcome, '(none)'), way.step
            using errcode = 'invalid_parameter_value', hint = (
                select 'one of: ' || coalesce(string_agg(o.outcome, ', ' order by o.outcome), 'none')
                from ops.warning_outcomes as o where o.step = way.step);
    end if;
    update marts.warnings as w
    set status = way.to_status,
        resolved_on = case when ending is null then null else today end,
        resolution = case when ending is null then null else ending || '：' || said end,
        reopened_on = case when way.step = 'reopen' then today else w.reopened_on end
    where w.warning_id = before.warning_id
    returning w.* into after;
    insert into marts.warning_events (event_type, warning_id, rule_id, region_code, as_of, details)
    values (
        case way.step when 'reopen' then 'reopened' else way.to_status end,
        before.warning_id, before.rule_id, before.region_code, today,
        jsonb_strip_nulls(jsonb_build_object(
            'step', way.step, 'by', btrim(take_step.person), 'role', reader, 'level', ops.reader_level(reader),
            'status_before', before.status, 'opinion', said, 'outcome', take_step.outcome))
    );
    return after;
end
$$;

-- As in 032, with its lock.
create or replace function ops.refresh_alerts(day date, feeds jsonb)
returns table (alert_id bigint, change text)
language plpgsql
as $$
begin
    lock table ops.alerts_lock in exclusive mode;
    return query
    with named as (select f.feed_id from jsonb_to_recordset(feeds) as f (feed_id text)),
    present as (
        select c.*, (
            select max(s.suppression_id) from ops.alert_suppressions as s
            where s.feed_id = c.feed_id and coalesce(s.condition, c.condition) = c.condition
                and s.until_day >= day
        ) as suppression
        from ops.conditions(day, feeds) as c
    ),
    closed as (
        update ops.alerts as a set closed_at = clock_timestamp(), updated_at = clock_timestamp()
        where a.closed_at is null and a.feed_id in (select n.feed_id from named as n)
            and not exists (select 1 from present as p
                where p.feed_id = a.feed_id and p.condition = a.condition)
        returning a.alert_id
    ),
    updated as (
        update ops.alerts as a
        set message = p.message, owner = p.owner, last_day = day, suppressed_by = p.suppression,
            updated_at = clock_timestamp()
        from present as p
        where a.closed_at is null and a.feed_id = p.feed_id and a.condition = p.condition
            and (a.message, a.owner, a.last_day, a.suppressed_by)
                is distinct from (p.message, p.owner, day, p.suppression)
        returning a.alert_id
    ),
    opened as (
        insert into ops.alerts (feed_id, condition, owner, message, opened_for, last_day, suppressed_by)
        select p.feed_id, p.condition, p.owner, p.message, day, day, p.suppression
        from present as p
        where not exists (select 1 from ops.alerts as a
            where a.closed_at is null and a.feed_id = p.feed_id and a.condition = p.condition)
        returning ops.alerts.alert_id
    )
    select c.alert_id, 'closed' from closed as c
    union all select u.alert_id, 'updated' from updated as u
    union all select o.alert_id, 'opened' from opened as o;
end
$$;
