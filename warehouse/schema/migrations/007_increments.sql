-- What staging has taken of each batch. A build takes up the batches it has not applied yet, and lets go of
-- those that no longer count: it never asks for the newest time it has seen.
alter table ops.feed_batches add column rows_changed_at timestamptz not null default clock_timestamp();
comment on column ops.feed_batches.rows_changed_at is
    'When the rows of this batch last changed: when it was loaded, replayed, or another batch took rows over';

create table ops.applied_batches (
    model text not null,
    batch_id uuid not null,
    rows_changed_at timestamptz not null,
    -- digest of what the model picks and how: another one makes it start afresh
    definition text not null,
    primary key (model, batch_id)
);
comment on table ops.applied_batches is
    'The batches each staging table is made of, written in the transaction that changes the table';

drop function ops.current_batches(date);
create function ops.current_batches(as_of_day date)
returns table (feed_id text, batch_id uuid, as_of date, mode text, rows_changed_at timestamptz)
language sql stable parallel safe
as $$
    -- the whole state is in the latest batch of its feed
    (select distinct on (b.feed_id) b.feed_id, b.batch_id, b.as_of, b.mode, b.rows_changed_at
     from ops.feed_batches as b
     where b.as_of <= as_of_day and b.status = 'loaded' and b.mode in ('snapshot', 'query_reply')
     order by b.feed_id, b.as_of desc)
    union all
    -- changes and events add up
    select b.feed_id, b.batch_id, b.as_of, b.mode, b.rows_changed_at
    from ops.feed_batches as b
    where b.as_of <= as_of_day and b.mode in ('delta', 'events')
        and (b.status = 'loaded' or (b.status = 'superseded' and b.keeps_rows))
$$;
comment on function ops.current_batches(date) is 'The batches whose rows make up the state of a day';
