-- Brings ops.alerts in line with the conditions of a day, for the named feeds only; returns what changed.
-- Called again with nothing changed in between it writes nothing.
create or replace function ops.refresh_alerts(day date, feeds jsonb)
returns table (alert_id bigint, change text)
language plpgsql
as $$
begin
    lock table ops.alerts_lock in exclusive mode;
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
revoke all on function ops.refresh_alerts(date, jsonb) from public, hub_app, hub_analyst;
