-- Reads the setting for marts.abnormal_organisations. Readers have no right to read ops.settings.
create or replace function ops.organisation_notice_days() returns integer
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$ select greatest(s.value::int, 1) from ops.settings as s where s.name = 'organisation_notice_days' $$;
comment on function ops.organisation_notice_days() is 'The setting of that name';
revoke all on function ops.organisation_notice_days() from public, hub_app, hub_analyst;
grant execute on function ops.organisation_notice_days() to hub_app, hub_analyst;
