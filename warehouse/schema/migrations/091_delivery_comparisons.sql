-- What a delivery looks like beside the one before it: a snapshot that lost many of its keys, bytes that came
-- before, a source whose change times cannot be right.
create table ops.delivery_comparisons (
    batch_id uuid not null references ops.feed_batches (batch_id) on delete cascade,
    feed_id text not null,
    table_name text not null,
    as_of date not null,
    -- the snapshot that was in force until then
    former_batch_id uuid references ops.feed_batches (batch_id) on delete set null,
    keys_before bigint not null,
    keys_gone bigint not null check (keys_gone between 0 and keys_before),
    rows_before bigint not null,
    rows_now bigint not null,
    -- so many keys are too many: the batch was held for it when it came
    too_many boolean not null,
    compared_at timestamptz not null default clock_timestamp(),
    primary key (batch_id, table_name)
);
create index delivery_comparisons_feed on ops.delivery_comparisons (feed_id, as_of);
create index delivery_comparisons_former on ops.delivery_comparisons (former_batch_id);
comment on table ops.delivery_comparisons is
    'One row per table of a snapshot: how many keys of the snapshot before it are not in it';

create table ops.delivery_notes (
    note_id bigint generated always as identity primary key,
    batch_id uuid not null references ops.feed_batches (batch_id) on delete cascade,
    feed_id text not null,
    as_of date not null,
    code text not null check (code ~ '^[a-z_]+$'),
    message text not null check (btrim(message) <> ''),
    noted_at timestamptz not null default clock_timestamp(),
    unique (batch_id, code, message)
);
create index delivery_notes_feed on ops.delivery_notes (feed_id, as_of);
comment on table ops.delivery_notes is 'What is odd about a delivery that was taken all the same, in words';

insert into ops.settings values
    ('snapshot_most_gone_share', '0.05',
        'A snapshot that lacks a larger share of the keys of the one before it is held; 0 to 1'),
    ('snapshot_told_gone_share', '0.5',
        'Of a table too small to be held: a loss of a larger share of its keys is told; 0 to 1'),
    ('snapshot_may_always_go', '20', 'So many keys of a snapshot may be gone whatever their share; 0 or more');
