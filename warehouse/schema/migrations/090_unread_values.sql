-- A value that was received and could not be read is null in raw (and kept in as_received). How many there are in
-- each batch and column is counted here, so that no column empties without a word.
create table ops.unread_values (
    batch_id uuid not null references ops.feed_batches (batch_id) on delete cascade,
    feed_id text not null,
    table_name text not null,
    column_name text not null,
    -- rows of the delivery in which the column held something, whatever became of them
    rows_filled bigint not null,
    -- rows that were kept although this value became null
    rows_unread bigint not null check (rows_unread > 0),
    primary key (batch_id, table_name, column_name),
    constraint only_what_was_filled_can_be_unread check (rows_unread <= rows_filled)
);
create index unread_values_feed on ops.unread_values (feed_id);
comment on table ops.unread_values is
    'Per batch and column: values that were received, could not be read and became null; a column without any has no row';
