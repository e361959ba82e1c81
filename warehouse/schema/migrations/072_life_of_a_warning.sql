-- What people do with a warning, through functions only: applications have no right to write marts. A step is
-- one row of ops.warning_steps; what is not there cannot be done. Publication does the rest (withdrawn, reopened).
create table ops.warning_steps (
    step text not null,
    from_status text not null,
    to_status text not null,
    needs_opinion boolean not null,
    name_zh text not null,
    primary key (step, from_status)
);
comment on table ops.warning_steps is 'What a person may do with a warning, and from where (预警处置步骤)';
insert into ops.warning_steps values
    ('acknowledge', 'open', 'acknowledged', false, '签收'),
    ('verify', 'acknowledged', 'verifying', false, '开始核实'),
    ('resolve', 'verifying', 'resolved', true, '办结'),
    ('dismiss', 'verifying', 'dismissed', true, '排除'),
    ('reopen', 'resolved', 'open', true, '重新打开'),
    ('reopen', 'dismissed', 'open', true, '重新打开');

create table ops.warning_outcomes (
    outcome text primary key,
    step text not null,
    name_zh text not null
);
comment on table ops.warning_outcomes is 'How a verified warning ends (办结结论)';
insert into ops.warning_outcomes values
    ('benefit_stopped', 'resolve', '属实-停发'),
    ('benefit_adjusted', 'resolve', '属实-调整'),
    ('left_programme', 'resolve', '属实-退出'),
    ('changed_meanwhile', 'resolve', '已变更'),
    ('not_true', 'dismiss', '不属实'),
    ('data_error', 'dismiss', '数据错误');
grant select on ops.warning_steps, ops.warning_outcomes to hub_app, hub_analyst;

-- The level a role works at: the shortest area it has says how high.
create function ops.reader_level(who name) returns text
language sql stable
as $$
    select case min(length(p)) when 5 then 'city' when 7 then 'district' when 10 then 'street' when 13 then 'community'
        else 'other' end
    from ops.region_patterns(who) as p
$$;
comment on function ops.reader_level(name) is 'city, district, street or community, by the shortest area prefix of a role';

create function marts.take_step(
    warning_id text, step text, person text, opinion text default null, outcome text default null
) returns marts.warnings
language plpgsql volatile security definer
set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    reader name := ops.reader();
    patterns text[] := array(select ops.region_patterns(reader));
    said text := nullif(btrim(take_step.opinion), '');
    today date;
    before marts.warnings;
    after marts.warnings;
    way ops.warning_steps;
    ending text;
begin
    -- the lock of publication and rollback: a step is before or after one, and events are seen in their order
    perform pg_advisory_xact_lock(4801002);
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
comment on function marts.take_step(text, text, text, text, text) is
    'A person takes a step with a warning (签收, 核实, 办结, 排除, 重新打开); returns the warning as it then is';

revoke all on function ops.reader_level(name), marts.take_step(text, text, text, text, text) from public;
grant execute on function marts.take_step(text, text, text, text, text) to hub_app;
