-- Counts one warning under its new status in each of its four areas. Part of a step: counting anew would read every
-- warning of the city. A count that falls to 0 stays as a row until the next publication.
create or replace function ops.move_warning_count(
    region_code text, rule_id text, status_before text, status_after text
) returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    update marts.warning_counts as c set warnings = c.warnings - 1
    from (values ('city', 4), ('district', 6), ('street', 9), ('community', 12)) as a (level, digits)
    where c.level = a.level and c.region_prefix = left(move_warning_count.region_code, a.digits)
        and c.rule_id = move_warning_count.rule_id and c.status = status_before and c.warnings > 0;

    insert into marts.warning_counts as c (level, region_prefix, rule_id, status, warnings)
    select a.level, left(move_warning_count.region_code, a.digits), move_warning_count.rule_id, status_after, 1
    from (values ('city', 4), ('district', 6), ('street', 9), ('community', 12)) as a (level, digits)
    where ops.is_open(status_after) and move_warning_count.region_code is not null
    on conflict (level, region_prefix, rule_id, status) do update set warnings = c.warnings + 1;
$$;
comment on function ops.move_warning_count(text, text, text, text) is
    'Counts one warning under its new status (marts.warning_counts)';
revoke all on function ops.move_warning_count(text, text, text, text) from public, hub_app, hub_analyst;
