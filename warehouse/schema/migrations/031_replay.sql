-- Replay: a batch decoded again from the bytes that were received, and rows set aside that were corrected.
alter table ops.feed_batches
    add column replay_of uuid references ops.feed_batches (batch_id) on delete set null,
    add constraint a_replay_is_of_another_batch check (replay_of is distinct from batch_id);
create index feed_batches_replays on ops.feed_batches (replay_of) where replay_of is not null;
comment on column ops.feed_batches.replay_of is
    'The batch whose received bytes this one was decoded from again; that one stays here with its counts';

-- A resolution belongs to a row of the same batch: the pair is what the key below points to.
alter table ops.quarantine add constraint quarantine_row_of_batch unique (quarantine_id, batch_id);

create table ops.quarantine_resolutions (
    quarantine_id bigint primary key,
    batch_id uuid not null,
    resolved_at timestamptz not null default clock_timestamp(),
    resolved_by text not null check (btrim(resolved_by) <> ''),
    reason text not null check (btrim(reason) <> ''),
    outcome text not null check (outcome in ('loaded', 'duplicate')),
    -- what was put in place of the received values; needed when the batch is replayed
    changes jsonb not null check (jsonb_typeof(changes) = 'object' and changes <> '{}'),
    foreign key (quarantine_id, batch_id) references ops.quarantine (quarantine_id, batch_id) on delete cascade
);
create index quarantine_resolutions_batch on ops.quarantine_resolutions (batch_id);
comment on table ops.quarantine_resolutions is
    'Set-aside rows that were corrected and loaded: who, when, why, and with which values. Owner only';

create function ops.check_set_aside_rows() returns trigger
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
-- at the end of the transaction: a row moves from one count to the other in several statements
create constraint trigger set_aside_rows_are_counted
    after insert or update or delete on ops.quarantine_resolutions
    deferrable initially deferred
    for each row execute function ops.check_set_aside_rows();
