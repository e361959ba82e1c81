-- Words the end of an attempt that nobody recorded.
create or replace function ops.died(began timestamptz) returns text
language sql stable
as $$
    select format(
        'the attempt that began at %s ended without a word: its process was killed, or the memory ran out; look '
        'into HUB_HOME/logs/tasks and the log of the system, then load the feed again',
        to_char(began, 'YYYY-MM-DD HH24:MI:SS'))
$$;
comment on function ops.died(timestamptz) is 'What is said of an attempt whose process died';
revoke all on function ops.died(timestamptz) from public, hub_app, hub_analyst;
