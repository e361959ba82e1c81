-- Lists what is wrong with the named feeds on a day, from the ledger: held, rejected, unavailable, failed, drift,
-- volume, late, not_published. Codes stay out of the message: it may leave the hub through a notifier.
create or replace function ops.conditions(day date, feeds jsonb)
returns table (feed_id text, condition text, owner text, message text)
language sql stable
as $$
    with declared as (
        select f.feed_id, f.owner, f.due from jsonb_to_recordset(feeds) as f (feed_id text, owner text, due date)
    ),
    loaded as (
        select b.feed_id, max(b.as_of) as last_day
        from ops.feed_batches as b where b.status = 'loaded' and b.as_of <= day group by b.feed_id
    ),
    -- the last delivery of each feed, unless it was replaced
    newest as (
        select distinct on (b.feed_id) b.feed_id, b.batch_id, b.as_of, b.status, b.held_reason
        from ops.feed_batches as b where b.as_of <= day and b.status in ('loaded', 'held')
        order by b.feed_id, b.as_of desc, b.status = 'loaded' desc, b.finished_at desc
    ),
    -- nothing that came is no news: what went wrong before it still stands. Of an attempt that ended without a
    -- word nobody wrote the end: it is the newest one until the next loader does
    attempt as (
        select distinct on (r.feed_id) r.feed_id, r.as_of, r.outcome, r.message
        from (
            select r.feed_id, r.as_of, case r.outcome when 'died' then 'failed' else r.outcome end as outcome,
                r.message, r.run_id
            from ops.feed_runs as r where r.outcome <> 'not_delivered'
            union all
            select d.feed_id, d.as_of, 'failed', ops.died(d.started_at), null from ops.dead_attempts() as d
        ) as r
        where r.as_of <= day
        order by r.feed_id, r.run_id desc nulls first
    ),
    -- the latest word of each check about the newest batch
    failing as (
        select c.* from (
            select distinct on (c.batch_id, c.check_name, c.column_name)
                n.feed_id, c.check_name, c.column_name, c.success, c.observed, c.expected
            from ops.check_results as c inner join newest as n on n.batch_id = c.batch_id
            where c.stage = 'feeds'
            order by c.batch_id, c.check_name, c.column_name, c.checked_at desc
        ) as c where not c.success
    ),
    report as (
        select distinct on (r.feed_id) r.feed_id, r.batch_id, r.as_of, r.verdict, r.message
        from ops.drift_reports as r where r.as_of <= day
        order by r.feed_id, r.as_of desc, r.report_id desc
    ),
    shape as (
        select f.feed_id,
            case when f.check_name in ('volume_min', 'volume_max', 'changed_share') then 'volume' else 'drift' end
                as condition,
            format('%s%s: found %s, expected %s', f.check_name, ' of ' || f.column_name, f.observed, f.expected)
                as message
        from failing as f
        where f.check_name in ('volume_min', 'volume_max', 'changed_share', 'required_filled', 'codes_known',
            'fill_rate', 'unread_share', 'unread_share_max')
        union all
        -- told from the ledger, not from the gate: a batch that is held has not been there yet
        select n.feed_id, 'drift', format('%s: %s', n.as_of, o.message)
        from newest as n inner join ops.delivery_notes as o on o.batch_id = n.batch_id
        union all
        select r.feed_id, 'drift', format('%s: %s', r.as_of, r.message)
        from report as r left join ops.feed_batches as b using (batch_id)
        where r.verdict = 'reported' or (r.verdict = 'held' and b.status is distinct from 'loaded')
    ),
    found as (
        select n.feed_id, 'held' as condition,
            format('the batch of %s is held: %s', n.as_of, coalesce(n.held_reason, 'a check failed')) as message
        from newest as n where n.status = 'held'
        union all
        select a.feed_id, a.outcome, format('%s: %s', a.as_of, coalesce(a.message, a.outcome))
        from attempt as a where a.outcome in ('rejected', 'unavailable', 'failed')
        union all
        select s.feed_id, s.condition, string_agg(s.message, '; ' order by s.message)
        from shape as s group by 1, 2
    ),
    late as (
        select d.feed_id, 'late' as condition,
            format('due on %s, last loaded %s', d.due, coalesce(l.last_day::text, 'never')) as message
        from declared as d left join loaded as l using (feed_id)
        where coalesce(l.last_day, '-infinity') < d.due
            -- a feed whose last attempt says why is not late besides
            and not exists (select 1 from found as f
                where f.feed_id = d.feed_id and f.condition in ('held', 'rejected', 'unavailable', 'failed'))
    ),
    unpublished as (
        select 'hub' as feed_id, 'not_published' as condition,
            format('%s is not published, the last published day is %s', day,
                coalesce((select max(p.as_of)::text from marts.publications as p), 'none')) as message
        where not exists (select 1 from marts.publications as p where p.as_of >= day)
    )
    select a.feed_id, a.condition, d.owner, a.message
    from (table found union all table late union all table unpublished) as a
    inner join declared as d using (feed_id)
$$;
comment on function ops.conditions(date, jsonb) is 'What is wrong with the named feeds on a day, from the ledger';
revoke all on function ops.conditions(date, jsonb) from public, hub_app, hub_analyst;
