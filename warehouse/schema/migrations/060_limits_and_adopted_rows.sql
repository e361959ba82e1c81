-- How much a whole read may find gone is for the operator to say.
insert into ops.settings values
    ('reconcile_most_gone_share', '0.05', 'A whole read that lacks a larger share of our keys is refused; 0 to 1'),
    ('reconcile_may_always_go', '20', 'So many keys may be gone whatever their share; 0 or more');

-- A row of a cumulative feed is kept once. Where a batch took it over from another one, both sides are noted, so
-- that it goes back when the batch that has it stops counting and the other one counts.
create table ops.adopted_rows (
    raw_table text not null,
    row_digest uuid not null,
    batch_id uuid not null references ops.feed_batches (batch_id) on delete cascade,
    former_batch_id uuid not null references ops.feed_batches (batch_id) on delete cascade,
    row_no bigint not null,
    as_received jsonb,
    extra jsonb,
    former_row_no bigint not null,
    former_as_received jsonb,
    former_extra jsonb,
    primary key (raw_table, row_digest, batch_id, former_batch_id)
);
create index adopted_rows_batch on ops.adopted_rows (batch_id);
create index adopted_rows_former on ops.adopted_rows (former_batch_id);
comment on table ops.adopted_rows is
    'Rows that passed from one batch to another that brought them too, as each of the two had received them';
