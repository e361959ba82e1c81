-- Lists the batches whose rows make up the state of a day. The staging models read it.
create or replace function ops.current_batches(as_of_day date)
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
revoke all on function ops.current_batches(date) from public, hub_app, hub_analyst;
