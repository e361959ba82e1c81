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
