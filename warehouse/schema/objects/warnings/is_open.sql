-- Tells whether a warning with this status still waits for its end. The one place that says which statuses are open.
-- The planner writes the body in place of the call, so indexes on status are used. That needs a function without
-- "security definer", without "set", and immutable.
create or replace function ops.is_open(status text) returns boolean
language sql immutable parallel safe
as $$
    select status in ('open', 'acknowledged', 'verifying')
$$;
comment on function ops.is_open(text) is
    'Whether a warning of this status is still to be dealt with: open, acknowledged or verifying (未办结)';
revoke all on function ops.is_open(text) from public, hub_app, hub_analyst;
grant execute on function ops.is_open(text) to hub_app, hub_analyst;
