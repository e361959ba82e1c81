-- Masks an account number as the quarantine shows it: the last four characters stay.
create or replace function ops.mask_account(account text) returns text
language sql immutable strict parallel safe
as $$
    select '****' || right(account, 4)
$$;
revoke all on function ops.mask_account(text) from public, hub_app, hub_analyst;
