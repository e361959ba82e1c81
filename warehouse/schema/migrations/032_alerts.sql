-- Alerts: what is wrong with a feed now, one per feed and condition. They open, are updated and close by
-- themselves whenever ops.refresh_alerts reads the ledger; a person only suppresses them.
create table ops.alert_suppressions (
    suppression_id bigint generated always as identity primary key,
    feed_id text not null,
    condition text,
    reason text not null check (btrim(reason) <> ''),
    suppressed_by text not null check (btrim(suppressed_by) <> ''),
    made_at timestamptz not null default clock_timestamp(),
    until_day date not null
);
comment on table ops.alert_suppressions is
    'Alerts nobody is to be told about: of a feed (one condition, or any), up to and including a business day';

create table ops.alerts (
    alert_id bigint generated always as identity primary key,
    feed_id text not null,
    condition text not null check (condition in
        ('late', 'held', 'rejected', 'unavailable', 'failed', 'volume', 'drift', 'not_published')),
    owner text not null,
    message text not null,
    opened_for date not null,
    last_day date not null,
    opened_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    closed_at timestamptz,
    suppressed_by bigint references ops.alert_suppressions (suppression_id),
    constraint an_alert_does_not_close_before_it_opens check (closed_at >= opened_at)
);
create unique index alerts_one_open on ops.alerts (feed_id, condition) where closed_at is null;
comment on table ops.alerts is 'One open row per feed and condition; feed_id hub is the publication itself';

-- What is wrong on a day, from the ledger alone. feeds: [{feed_id, owner, due}], due the last day each was due.
create function ops.conditions(day date, feeds jsonb)
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
    -- nothing that came is no news: what went wrong before it still stands
    attempt as (
        select distinct on (r.feed_id) r.feed_id, r.as_of, r.outcome, r.message
        from ops.feed_runs as r where r.as_of <= day and r.outcome <> 'not_delivered'
        order by r.feed_id, r.run_id desc
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
    found as (
        select n.feed_id, 'held' as condition,
            format('the batch of %s is held: %s', n.as_of, coalesce(n.held_reason, 'a check failed')) as message
        from newest as n where n.status = 'held'
        union all
        select a.feed_id, a.outcome, format('%s: %s', a.as_of, coalesce(a.message, a.outcome))
        from attempt as a where a.outcome in ('rejected', 'unavailable', 'failed')
        union all
        select f.feed_id,
            case when f.check_name in ('volume_min', 'volume_max') then 'volume' else 'drift' end,
            string_agg(
                format('%s%s: found %s, expected %s', f.check_name, ' of ' || f.column_name, f.observed, f.expected),
                '; ' order by f.check_name, f.column_name)
        from failing as f
        where f.check_name in ('volume_min', 'volume_max', 'required_filled', 'codes_known', 'fill_rate')
        group by 1, 2
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

-- Brings ops.alerts in line with the conditions of a day, for the named feeds only; returns what changed.
-- Called again with nothing changed in between it writes nothing.
create function ops.refresh_alerts(day date, feeds jsonb)
returns table (alert_id bigint, change text)
language plpgsql
as $$
begin
    perform pg_advisory_xact_lock(4801003);
    return query
    with named as (select f.feed_id from jsonb_to_recordset(feeds) as f (feed_id text)),
    present as (
        select c.*, (
            select max(s.suppression_id) from ops.alert_suppressions as s
            where s.feed_id = c.feed_id and coalesce(s.condition, c.condition) = c.condition
                and s.until_day >= day
        ) as suppression
        from ops.conditions(day, feeds) as c
    ),
    closed as (
        update ops.alerts as a set closed_at = clock_timestamp(), updated_at = clock_timestamp()
        where a.closed_at is null and a.feed_id in (select n.feed_id from named as n)
            and not exists (select 1 from present as p
                where p.feed_id = a.feed_id and p.condition = a.condition)
        returning a.alert_id
    ),
    updated as (
        update ops.alerts as a
        set message = p.message, owner = p.owner, last_day = day, suppressed_by = p.suppression,
            updated_at = clock_timestamp()
        from present as p
        where a.closed_at is null and a.feed_id = p.feed_id and a.condition = p.condition
            and (a.message, a.owner, a.last_day, a.suppressed_by)
                is distinct from (p.message, p.owner, day, p.suppression)
        returning a.alert_id
    ),
    opened as (
        insert into ops.alerts (feed_id, condition, owner, message, opened_for, last_day, suppressed_by)
        select p.feed_id, p.condition, p.owner, p.message, day, day, p.suppression
        from present as p
        where not exists (select 1 from ops.alerts as a
            where a.closed_at is null and a.feed_id = p.feed_id and a.condition = p.condition)
        returning ops.alerts.alert_id
    )
    select c.alert_id, 'closed' from closed as c
    union all select u.alert_id, 'updated' from updated as u
    union all select o.alert_id, 'opened' from opened as o;
end
$$;
