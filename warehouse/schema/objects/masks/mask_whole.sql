-- Masks a value that must not be shown at all, such as an address. A missing value looks the same.
create or replace function ops.mask_whole(hidden text) returns text
language sql immutable parallel safe
as $$
    select '***'
$$;
revoke all on function ops.mask_whole(text) from public, hub_app, hub_analyst;
