-- Masks an ID number as analysts see it: area and last four stay. Shorter values become stars.
-- Immutable: generated columns store the mask beside the value. Changing the text does not rewrite what is stored.
create or replace function ops.mask_id(id text) returns text
language sql immutable strict parallel safe
as $$
    select case when length(id) < 12 then repeat('*', length(id))
        else left(id, 6) || repeat('*', length(id) - 10) || right(id, 4) end
$$;
revoke all on function ops.mask_id(text) from public, hub_app, hub_analyst;
