-- Lets a person take a step with a warning. The only way for applications: they have no right to write marts.
-- A step is one row of ops.warning_steps; what is not there cannot be done. Only the level that handles a warning,
-- and those above, may end it: otherwise the people an insider warning is about could close it themselves.
-- An ID number typed into an opinion is masked before it is kept, because analysts read events.
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
    perform ops.move_warning_count(before.region_code, before.rule_id, before.status, after.status);
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
comment on function marts.take_step(text, text, text, text, text) is
    'A person takes a step with a warning (签收, 核实, 办结, 排除, 重新打开); returns the warning as it then is';
revoke all on function marts.take_step(text, text, text, text, text) from public, hub_app, hub_analyst;
grant execute on function marts.take_step(text, text, text, text, text) to hub_app;
