-- A warning may speak of benefits in several places, as of one person in two districts: each of them sees it, its events
-- and its past, and may take the steps. The place of the first benefit stays region_code.
create function ops.other_regions(evidence jsonb, region_code text) returns jsonb
language sql immutable parallel safe
as $$
    select jsonb_agg(distinct e.value -> 'region_code' order by e.value -> 'region_code')
    from jsonb_array_elements(case jsonb_typeof(evidence) when 'array' then evidence else '[]' end) as e
    where e.value ->> 'role' = 'benefit' and e.value ->> 'region_code' <> coalesce(region_code, '')
$$;
comment on function ops.other_regions(jsonb, text) is 'The places of the benefits an evidence speaks of, but for one';
grant execute on function ops.other_regions(jsonb, text) to hub_app, hub_analyst;

alter table marts.warnings
    add column also_region_codes jsonb generated always as (ops.other_regions(evidence, region_code)) stored;
comment on column marts.warnings.also_region_codes is
    'Where else benefits of the warning lie, a list: who looks after them sees it too; null: nowhere else (其他相关区划)';
grant select (also_region_codes) on marts.warnings to hub_analyst;

-- immutable and plain, so that the planner writes it out where it is called
create function ops.any_region(codes jsonb, patterns text[]) returns boolean
language sql immutable parallel safe
as $$
    select exists (select 1 from jsonb_array_elements_text(codes) as c (code) where c.code like any (patterns))
$$;
grant execute on function ops.any_region(jsonb, text[]) to hub_app, hub_analyst;

drop policy own_region on marts.warnings;
create policy own_region on marts.warnings for select using (
    region_code like any (array(select ops.region_patterns(current_user)))
    or (also_region_codes is not null
        and ops.any_region(also_region_codes, array(select ops.region_patterns(current_user))))
);

-- the events of whatever warning the reader sees
drop policy own_region on marts.warning_events;
create policy own_region on marts.warning_events for select using (
    region_code like any (array(select ops.region_patterns(current_user)))
    or exists (select 1 from marts.warnings as w
        where w.warning_id = warning_events.warning_id and w.also_region_codes is not null)
);

-- as the warning was then, not as it is now
drop policy own_region on marts.kept_rows;
create policy own_region on marts.kept_rows for select using (
    region_code like any (array(select ops.region_patterns(current_user)))
    or (jsonb_typeof(content -> 'also_region_codes') = 'array'
        and ops.any_region(content -> 'also_region_codes', array(select ops.region_patterns(current_user))))
);

create or replace view marts.warnings_masked with (security_invoker = true) as
select
    warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id,
    id_number_masked as id_number, full_name_masked as full_name, region_code, sub_type, confidence, event_key,
    status, opened_on, reopened_on, last_seen_on, resolved_on, resolution, due_on,
    evidence_masked as evidence, publication_id, withdrawn_cause, also_region_codes
from marts.warnings;

-- the new column makes no row another one: without this the next publication would keep every warning once more
update marts.kept_rows set content = content || '{"also_region_codes": null}'
where mart = 'warnings' and to_publication is null;

-- as in 072, but for the area: a step may be taken wherever the warning is seen
create or replace function marts.take_step(
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
    where w.warning_id = take_step.warning_id
        and (w.region_code like any (patterns) or ops.any_region(w.also_region_codes, patterns));
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
