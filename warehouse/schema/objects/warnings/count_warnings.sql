-- Counts the open warnings of every area anew. Part of each publication and rollback; it writes only what differs.
-- A warning without a division lies in nobody's area and is not counted.
create or replace function ops.count_warnings() returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    with counted as materialized (
        select a.level, left(w.region_code, a.digits) as region_prefix, w.rule_id, w.status, sum(w.warnings) as warnings
        from (
            select region_code, rule_id, status, count(*) as warnings
            from marts.warnings
            where ops.is_open(status) and region_code is not null
            group by region_code, rule_id, status
        ) as w
        cross join (values ('city', 4), ('district', 6), ('street', 9), ('community', 12)) as a (level, digits)
        group by a.level, left(w.region_code, a.digits), w.rule_id, w.status
    ),

    gone as (
        delete from marts.warning_counts as c
        where not exists (
            select from counted as n
            where n.level = c.level and n.region_prefix = c.region_prefix
                and n.rule_id = c.rule_id and n.status = c.status)
    )

    insert into marts.warning_counts as c (level, region_prefix, rule_id, status, warnings)
    select n.level, n.region_prefix, n.rule_id, n.status, n.warnings from counted as n
    on conflict (level, region_prefix, rule_id, status) do update
    set warnings = excluded.warnings where c.warnings <> excluded.warnings
$$;
comment on function ops.count_warnings() is 'Counts the open warnings of every area and rule anew (marts.warning_counts)';
revoke all on function ops.count_warnings() from public, hub_app, hub_analyst;
