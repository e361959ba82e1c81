-- Masks the ID numbers in free text that a person wrote.
create or replace function ops.without_numbers(said text) returns text
language sql immutable
as $$
    select regexp_replace(said, '(\d{6})\d{5,8}(\d{3}[\dXx])', '\1********\2', 'g')
$$;
comment on function ops.without_numbers(text) is 'Free text with the ID numbers in it masked';
revoke all on function ops.without_numbers(text) from public, hub_app, hub_analyst;
