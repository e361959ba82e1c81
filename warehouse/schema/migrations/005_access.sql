-- Who sees what. Two roles say what may be read (hub_app: everything, hub_analyst: masked), the region
-- roles say which rows; a person's login is given one of each. Neither is of use without the other.
do $$
declare
    wanted text;
begin
    foreach wanted in array array[
        'hub_analyst', 'hub_app', 'hub_2101',
        'hub_210102', 'hub_210103', 'hub_210104', 'hub_210105', 'hub_210106', 'hub_210111', 'hub_210112',
        'hub_210113', 'hub_210114', 'hub_210115', 'hub_210123', 'hub_210124', 'hub_210181'
    ] loop
        begin
            if not exists (select 1 from pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
        exception when duplicate_object or unique_violation then
            null; -- roles belong to the server: another database was migrated at the same moment
        end;
        if wanted ~ '^hub_[0-9]+$' then
            insert into ops.role_regions values (wanted, substr(wanted, 5));
        end if;
    end loop;
end
$$;

-- The area of a role: its own prefixes and those of every role whose rights it has.
create function ops.region_patterns(who name) returns setof text
language sql stable security definer
set search_path = pg_catalog
as $$
    select r.region_prefix || '%'
    from ops.role_regions as r
    inner join pg_catalog.pg_roles as p on p.rolname = r.role_name
    where pg_has_role(who, p.oid, 'usage')
$$;
comment on function ops.region_patterns(name) is 'LIKE patterns of the divisions a role sees';

alter table marts.warnings enable row level security;
alter table marts.cross_check_hits enable row level security;
alter table marts.unanswered enable row level security;
alter table marts.warning_events enable row level security;

-- the sub-select is evaluated once per statement, not per row
create policy own_region on marts.warnings for select
    using (region_code like any (array(select ops.region_patterns(current_user))));
create policy own_region on marts.cross_check_hits for select
    using (region_code like any (array(select ops.region_patterns(current_user))));
create policy own_region on marts.unanswered for select
    using (region_code like any (array(select ops.region_patterns(current_user))));
create policy own_region on marts.warning_events for select
    using (region_code like any (array(select ops.region_patterns(current_user))));

-- Masked views run with the reader's own rights, so the row policies hold for them as they are.
create view marts.warnings_masked with (security_invoker = true) as
select
    warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id,
    id_number_masked as id_number, full_name_masked as full_name, region_code, sub_type, confidence, event_key,
    status, opened_on, reopened_on, last_seen_on, resolved_on, resolution, due_on,
    evidence_masked as evidence, publication_id
from marts.warnings;

create view marts.cross_check_hits_masked with (security_invoker = true) as
select
    hit_id, check_id, check_name_zh, person_id, id_number_masked as id_number, full_name_masked as full_name,
    enrolment_id, benefit_type, region_code, confidence, first_seen_on, last_seen_on, is_current,
    evidence_masked as evidence, publication_id
from marts.cross_check_hits;

create view marts.unanswered_masked with (security_invoker = true) as
select
    person_id, id_number_masked as id_number, full_name_masked as full_name, region_code, feed_id, benefit_types,
    first_seen_on, last_seen_on, is_current, publication_id
from marts.unanswered;

grant usage on schema marts to hub_app, hub_analyst;
grant usage on schema ops to hub_app, hub_analyst;
grant execute on function ops.region_patterns(name) to hub_app, hub_analyst;
revoke all on function ops.region_patterns(name) from public;

grant select on marts.warnings, marts.cross_check_hits, marts.unanswered, marts.warning_events,
    marts.publications, marts.warnings_masked, marts.cross_check_hits_masked, marts.unanswered_masked to hub_app;

grant select on marts.warnings_masked, marts.cross_check_hits_masked, marts.unanswered_masked,
    marts.warning_events, marts.publications to hub_analyst;
grant select (
    warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id, id_number_masked,
    full_name_masked, region_code, sub_type, confidence, event_key, status, opened_on, reopened_on, last_seen_on,
    resolved_on, resolution, due_on, evidence_masked, publication_id
) on marts.warnings to hub_analyst;
grant select (
    hit_id, check_id, check_name_zh, person_id, id_number_masked, full_name_masked, enrolment_id, benefit_type,
    region_code, confidence, first_seen_on, last_seen_on, is_current, evidence_masked, publication_id
) on marts.cross_check_hits to hub_analyst;
grant select (
    person_id, feed_id, id_number_masked, full_name_masked, region_code, benefit_types, first_seen_on,
    last_seen_on, is_current, publication_id
) on marts.unanswered to hub_analyst;
