-- A person is known by a keyed digest of the ID number, never by the number itself or by a plain digest of it:
-- all numbers of a city can be tried in minutes.
create or replace function core.person_key(id text) returns text
language plpgsql stable strict parallel safe
as $$
begin
    return encode(sha256(convert_to(
        (select s.value from ops.secrets as s where s.name = 'person_key') || id, 'UTF8')), 'hex');
end
$$;
comment on function core.person_key(text) is 'Stable key of a person: hex sha256 over the key and the ID number';
revoke all on function core.person_key(text) from public, hub_app, hub_analyst;
