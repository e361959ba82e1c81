-- Lists the areas a role may see: its own prefixes and those of every role whose rights it has. Rights of two kinds
-- do not add up: hub_app with a district and hub_analyst with the city, in one login, would be unmasked rows of the
-- whole city. A role that has both kinds at once therefore has no area. A person with two tasks has two logins, or
-- a login that inherits nothing and chooses with "set role".
-- Every statement of a reader asks this once. plpgsql keeps the plans of a session; a function in SQL is planned at
-- each call. It goes from the role to the few roles it has, because a city may have a role for every community.
create or replace function ops.region_patterns(who name) returns setof text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not (pg_has_role(who, 'hub_app', 'usage') and pg_has_role(who, 'hub_analyst', 'usage')) then
        return query
            with recursive held as (
                select to_regrole(quote_ident(who))::oid as role
                union
                select m.roleid from pg_auth_members as m inner join held as h on m.member = h.role
            )

            select r.region_prefix || '%'
            from held as h
            inner join ops.role_regions as r on r.role_name = pg_get_userbyid(h.role)
            where pg_has_role(who, h.role, 'usage');
    elsif (select s.rolsuper from pg_roles as s where s.rolname = who) then
        -- a superuser has every right, and no use for these
        return query
            select r.region_prefix || '%'
            from ops.role_regions as r
            inner join pg_roles as p on p.rolname = r.role_name;
    end if;
end
$$;
comment on function ops.region_patterns(name) is
    'LIKE patterns of the divisions a role sees; none for a role that is both hub_app and hub_analyst';
revoke all on function ops.region_patterns(name) from public, hub_app, hub_analyst;
grant execute on function ops.region_patterns(name) to hub_app, hub_analyst;

-- The same for one kind only. PostgreSQL checks rights when a cursor is opened, and the role when it is fetched:
-- opened in one role and fetched in another, it had the columns of the first and the area of the second.
create or replace function ops.region_patterns(who name, kind name) returns setof text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if pg_has_role(who, kind, 'usage') then
        return query select p from ops.region_patterns(who) as p;
    end if;
end
$$;
comment on function ops.region_patterns(name, name) is
    'The same for a role that has the rights of kind (hub_app or hub_analyst), else none';
revoke all on function ops.region_patterns(name, name) from public, hub_app, hub_analyst;
grant execute on function ops.region_patterns(name, name) to hub_app, hub_analyst;
