-- What a person decided about a batch, and why. Rows are only ever added.
create table ops.decisions (
    decision_id bigint generated always as identity primary key,
    decided_at timestamptz not null default clock_timestamp(),
    decided_by text not null check (btrim(decided_by) <> ''),
    action text not null check (action in ('release', 'replay', 'correct')),
    reason text not null check (btrim(reason) <> ''),
    feed_id text not null,
    batch_id uuid not null,
    detail text
);
create index decisions_batch on ops.decisions (batch_id);
comment on table ops.decisions is
    'Who let a held batch count, replayed one or corrected rows of it, and why. Outlives the batch';

create function ops.keep_decisions() returns trigger
language plpgsql
as $$
begin
    raise exception 'decisions are kept as they were taken: add another one';
end
$$;
create trigger decisions_are_kept before update or delete on ops.decisions
    for each row execute function ops.keep_decisions();
