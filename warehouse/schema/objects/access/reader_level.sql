-- Names the level a role works at. The shortest of its areas decides.
create or replace function ops.reader_level(who name) returns text
language sql stable
as $$
    select case min(length(p)) when 5 then 'city' when 7 then 'district' when 10 then 'street' when 13 then 'community'
        else 'other' end
    from ops.region_patterns(who) as p
$$;
comment on function ops.reader_level(name) is
    'city, district, street or community, by the shortest area prefix of a role';
revoke all on function ops.reader_level(name) from public, hub_app, hub_analyst;
