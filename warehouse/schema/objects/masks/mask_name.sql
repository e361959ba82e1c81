-- Masks a name as analysts see it: the first character stays, a star for each of the others.
-- Immutable: generated columns store the mask beside the value. Changing the text does not rewrite what is stored.
create or replace function ops.mask_name(full_name text) returns text
language sql immutable strict parallel safe
as $$
    select left(full_name, 1) || repeat('*', greatest(length(full_name) - 1, 0))
$$;
revoke all on function ops.mask_name(text) from public, hub_app, hub_analyst;
