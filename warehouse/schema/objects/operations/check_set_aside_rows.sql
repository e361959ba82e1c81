-- Checks that the rows counted as set aside are those that nobody has resolved.
create or replace function ops.check_set_aside_rows() returns trigger
language plpgsql
as $$
declare
    batch uuid := coalesce(new.batch_id, old.batch_id);
    counted bigint;
    open_rows bigint;
begin
    select b.rows_quarantined into counted from ops.feed_batches as b where b.batch_id = batch;
    if not found then
        return null;
    end if;
    select count(*) into open_rows
    from ops.quarantine as q
    left join ops.quarantine_resolutions as r using (quarantine_id)
    where q.batch_id = batch and r.quarantine_id is null;
    if counted <> open_rows then
        raise exception 'batch %: % rows are counted as set aside, % are', batch, counted, open_rows
            using errcode = 'check_violation', constraint = 'set_aside_rows_are_counted';
    end if;
    return null;
end
$$;
revoke all on function ops.check_set_aside_rows() from public, hub_app, hub_analyst;

-- At the end of the transaction: a row moves from one count to the other in several statements.
-- PostgreSQL cannot replace a constraint trigger in place.
drop trigger if exists set_aside_rows_are_counted on ops.quarantine_resolutions;
create constraint trigger set_aside_rows_are_counted
    after insert or update or delete on ops.quarantine_resolutions
    deferrable initially deferred
    for each row execute function ops.check_set_aside_rows();
