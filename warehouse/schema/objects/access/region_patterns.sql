-- Lists the areas a role may see: its own prefixes and those of every role whose rights it has. Rights of two kinds
-- do not add up: hub_app with a district and hub_analyst with the city, in one login, would be unmasked rows of the
-- whole city. A role that has both kinds at once therefore has no area. A person with two tasks has two logins, or
-- a login that inherits nothing and chooses with "set role".
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
revoke all on function ops.region_patterns(name) from public, hub_app, hub_analyst;
grant execute on function ops.region_patterns(name) to hub_app, hub_analyst;

-- The same for one kind only. PostgreSQL checks rights when a cursor is opened, and the role when it is fetched:
-- opened in one role and fetched in another, it had the columns of the first and the area of the second.
create or replace function ops.region_patterns(who name, kind name) returns setof text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select p from ops.region_patterns(who) as p where pg_has_role(who, kind, 'usage')
$$;
comment on function ops.region_patterns(name, name) is
    'The same for a role that has the rights of kind (hub_app or hub_analyst), else none';
revoke all on function ops.region_patterns(name, name) from public, hub_app, hub_analyst;
grant execute on function ops.region_patterns(name, name) to hub_app, hub_analyst;
