-- What reading a whole delta source again showed: rows we had missed, and rows that are gone there.
create table ops.reconciliations (
    batch_id uuid not null references ops.feed_batches (batch_id) on delete cascade,
    feed_id text not null,
    table_name text not null,
    as_of date not null,
    keys_at_source bigint not null,
    -- rows the deltas had not brought: they are loaded now
    rows_missed bigint not null check (rows_missed >= 0),
    -- keys in force here that the source no longer has: they are deleted here now
    keys_gone bigint not null check (keys_gone >= 0),
    -- the batch that deletes them, made by the hub
    deletion_batch_id uuid references ops.feed_batches (batch_id) on delete cascade,
    note text,
    checked_at timestamptz not null default clock_timestamp(),
    primary key (batch_id, table_name)
);
create index reconciliations_feed on ops.reconciliations (feed_id, as_of);
comment on table ops.reconciliations is 'One row per table of a feed each time its whole source was read and compared';
