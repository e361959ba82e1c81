-- The ledger: every batch, every attempt, every row that was set aside.
create schema if not exists ops;
create schema if not exists raw;
create schema if not exists staging;
create schema if not exists core;
create schema if not exists seeds;
create schema if not exists candidate;
create schema if not exists marts;

create table ops.feed_batches (
    batch_id uuid primary key,
    feed_id text not null,
    as_of date not null,
    mode text not null check (mode in ('snapshot', 'delta', 'events', 'query_reply')),
    status text not null check (status in ('loaded', 'superseded', 'held')),
    rows_received bigint not null check (rows_received >= 0),
    rows_loaded bigint not null check (rows_loaded >= 0),
    rows_duplicate bigint not null check (rows_duplicate >= 0),
    rows_quarantined bigint not null check (rows_quarantined >= 0),
    content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
    landing_path text,
    cursor_since timestamp,
    cursor_until timestamp not null,
    request_id text,
    superseded_by uuid,
    keeps_rows boolean not null default false,
    held_reason text,
    started_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp(),
    constraint every_row_is_accounted_for
        check (rows_received = rows_loaded + rows_duplicate + rows_quarantined)
);
create unique index feed_batches_one_loaded on ops.feed_batches (feed_id, as_of) where status = 'loaded';
create index feed_batches_feed on ops.feed_batches (feed_id, as_of);
comment on table ops.feed_batches is 'One row per batch taken: named by feed, period and content';
comment on column ops.feed_batches.keeps_rows is
    'A superseded batch whose rows still count: a delta re-read from a live source does not withdraw what it once said';

create table ops.feed_runs (
    run_id bigint generated always as identity primary key,
    feed_id text not null,
    as_of date not null,
    outcome text not null
        check (outcome in ('loaded', 'unchanged', 'not_delivered', 'unavailable', 'rejected', 'failed')),
    batch_id uuid,
    message text,
    started_at timestamptz not null,
    finished_at timestamptz not null default clock_timestamp()
);
create index feed_runs_feed on ops.feed_runs (feed_id, as_of);
comment on table ops.feed_runs is 'Every attempt to take a feed, also the failed ones';

create table ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    feed_id text not null,
    batch_id uuid not null references ops.feed_batches (batch_id) on delete cascade,
    table_name text not null,
    row_no bigint not null,
    column_name text not null,
    reason_code text not null,
    message text not null,
    payload jsonb
);
create index quarantine_batch on ops.quarantine (batch_id);
create index quarantine_reason on ops.quarantine (reason_code, feed_id);
comment on table ops.quarantine is 'Rows that could not be used, with the first reason; sensitive values are masked';

create table ops.query_requests (
    request_id text not null,
    feed_id text not null,
    as_of date not null,
    seq integer not null,
    id_number text not null,
    status text not null check (status in ('sent', 'answered', 'none', 'no_answer')),
    primary key (feed_id, as_of, seq)
);
create index query_requests_person on ops.query_requests (id_number, feed_id);
comment on table ops.query_requests is
    'Whom a query-reply feed was asked about: answered, none (they have nothing), or no_answer (no line came back)';

create table ops.check_results (
    check_run_id text not null,
    as_of date not null,
    stage text not null check (stage in ('feeds', 'marts')),
    feed_id text,
    batch_id uuid,
    check_name text not null,
    column_name text,
    severity text not null,
    success boolean not null,
    observed text,
    expected text,
    checked_at timestamptz not null default clock_timestamp()
);
create index check_results_run on ops.check_results (check_run_id);

create table ops.role_regions (
    role_name text not null,
    region_prefix text not null check (region_prefix ~ '^[0-9]{2,12}$'),
    primary key (role_name, region_prefix)
);
comment on table ops.role_regions is 'Which area a role sees: a prefix of the 12-digit division code';

create table ops.secrets (
    name text primary key,
    value text not null
);
comment on table ops.secrets is 'Readable by the owner only';

create function ops.current_batches(as_of_day date)
returns table (feed_id text, batch_id uuid, as_of date, mode text)
language sql stable parallel safe
as $$
    -- the whole state is in the latest batch of its feed
    (select distinct on (b.feed_id) b.feed_id, b.batch_id, b.as_of, b.mode
     from ops.feed_batches as b
     where b.as_of <= as_of_day and b.status = 'loaded' and b.mode in ('snapshot', 'query_reply')
     order by b.feed_id, b.as_of desc)
    union all
    -- changes and events add up
    select b.feed_id, b.batch_id, b.as_of, b.mode
    from ops.feed_batches as b
    where b.as_of <= as_of_day and b.mode in ('delta', 'events')
        and (b.status = 'loaded' or (b.status = 'superseded' and b.keeps_rows))
$$;
comment on function ops.current_batches(date) is 'The batches whose rows make up the state of a day';
