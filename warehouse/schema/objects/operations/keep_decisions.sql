-- Keeps ops.decisions as a record: its rows are never changed or deleted.
create or replace function ops.keep_decisions() returns trigger
language plpgsql
as $$
begin
    raise exception 'decisions are kept as they were taken: add another one';
end
$$;
revoke all on function ops.keep_decisions() from public, hub_app, hub_analyst;

create or replace trigger decisions_are_kept before update or delete on ops.decisions
    for each row execute function ops.keep_decisions();
