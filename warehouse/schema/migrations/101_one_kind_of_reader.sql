-- Rights of two kinds do not add up: hub_app with a district and hub_analyst with the city, in one login, were
-- unmasked rows of the whole city. A role that has both kinds at once therefore has no area at all. Whoever has two
-- tasks has two logins, or a login that inherits nothing and says which with "set role".
create or replace function ops.region_patterns(who name) returns setof text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select r.region_prefix || '%'
    from ops.role_regions as r
    inner join pg_roles as p on p.rolname = r.role_name
    where pg_has_role(who, p.oid, 'usage')
        -- a superuser has every right, and no use for these
        and ((select s.rolsuper from pg_roles as s where s.rolname = who)
            or not (pg_has_role(who, 'hub_app', 'usage') and pg_has_role(who, 'hub_analyst', 'usage')))
$$;
comment on function ops.region_patterns(name) is
    'LIKE patterns of the divisions a role sees; none for a role that is both hub_app and hub_analyst';

-- The area as of one kind only. PostgreSQL looks at rights when a cursor is opened, at the role when it is fetched:
-- opened in one role and fetched in another, it had the columns of the first and the area of the second.
create function ops.region_patterns(who name, kind name) returns setof text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select p from ops.region_patterns(who) as p where pg_has_role(who, kind, 'usage')
$$;
comment on function ops.region_patterns(name, name) is
    'The same for a role that has the rights of kind (hub_app or hub_analyst), else none';
revoke all on function ops.region_patterns(name, name) from public;
grant execute on function ops.region_patterns(name, name) to hub_app, hub_analyst;

-- which policy holds is settled with the rights, so a cursor keeps the kind it was opened with
do $$
declare
    mart text;
begin
    foreach mart in array array['warnings', 'cross_check_hits', 'unanswered', 'warning_events', 'kept_rows'] loop
        execute format('drop policy own_region on marts.%I', mart);
        execute format($sql$
            create policy own_region on marts.%I for select to hub_app
                using (region_code like any (array(select ops.region_patterns(current_user, 'hub_app'))))
        $sql$, mart);
        execute format($sql$
            create policy own_region_masked on marts.%I for select to hub_analyst
                using (region_code like any (array(select ops.region_patterns(current_user, 'hub_analyst'))))
        $sql$, mart);
    end loop;
end
$$;

-- As in 071, for applications only.
create or replace function ops.report_members(household text, people text[])
returns table (
    household_id text, id_number text, full_name text, scope text, benefit_type text, standard_class text
)
language plpgsql stable
as $$
declare
    patterns text[] := array(select ops.region_patterns(ops.reader(), 'hub_app'));
begin
    return query execute '
        select m.household_id, m.id_number, m.full_name, m.scope, m.benefit_type, m.standard_class
        from core.dim_report_member as m
        where (m.household_id = $1 or m.id_number = any($2))
            and (m.region_code like any($3) or (m.region_code is null and ''2101%'' = any($3)))'
    using household, people, patterns;
end
$$;

-- The rows of some areas. Not for readers: they call one of the two below.
create function ops.household_report_in(patterns text[])
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, value text, amount numeric, fact_date date,
    replied_on date, threshold numeric, result text, names_agree boolean, batch_id text, row_no bigint, as_of date
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute '
        select r.household_id, r.region_code, r.benefit_type, r.id_number, r.full_name, r.rank, r.feed_id,
            r.source_zh, r.item, r.item_zh, r.value, r.amount, r.fact_date, r.replied_on, r.threshold, r.result,
            r.names_agree, r.batch_id, r.row_no, r.as_of
        from core.fct_household_report as r
        where r.region_code like any($1)'
    using patterns;
end
$$;
revoke all on function ops.household_report_in(text[]) from public;

create or replace function ops.household_report_rows()
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, value text, amount numeric, fact_date date,
    replied_on date, threshold numeric, result text, names_agree boolean, batch_id text, row_no bigint, as_of date
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select * from ops.household_report_in(array(select ops.region_patterns(ops.reader(), 'hub_app')))
$$;

create or replace function ops.household_report_masked_rows()
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, replied_on date, threshold numeric, result text,
    names_agree boolean, as_of date
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        r.household_id, r.region_code, r.benefit_type, ops.mask_id(r.id_number), ops.mask_name(r.full_name), r.rank,
        r.feed_id, r.source_zh, r.item, r.item_zh, r.replied_on, r.threshold, r.result, r.names_agree, r.as_of
    from ops.household_report_in(array(select ops.region_patterns(ops.reader()))) as r
$$;
