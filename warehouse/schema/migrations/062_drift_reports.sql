-- What each delivery showed of its layout against the declaration: one row per feed and run.
create table ops.drift_reports (
    report_id bigint generated always as identity primary key,
    feed_id text not null,
    as_of date not null,
    -- null where bytes were decoded again (a replay is no attempt to take the feed)
    run_id bigint unique references ops.feed_runs (run_id) on delete cascade,
    -- null where the delivery was refused
    batch_id uuid references ops.feed_batches (batch_id) on delete set null,
    verdict text not null check (verdict in ('none', 'reported', 'held')),
    -- names are table.column; columns_added and found are the department's names, masked
    columns_added text[] not null default '{}',
    columns_missing text[] not null default '{}',
    -- [{declared, found}]
    columns_renamed jsonb not null default '[]',
    tables_reordered text[] not null default '{}',
    -- [{column, declared, filled, failed, share}]
    types_changed jsonb not null default '[]',
    -- [{column, code, rows}], the most frequent ones
    codes_unknown jsonb not null default '[]',
    message text not null default '',
    next_step text not null default '',
    reported_at timestamptz not null default clock_timestamp(),
    constraint drift_says_what_and_what_to_do
        check (verdict = 'none' or (message <> '' and next_step <> ''))
);
create index drift_reports_feed on ops.drift_reports (feed_id, as_of, report_id);
create index drift_reports_batch on ops.drift_reports (batch_id);
comment on table ops.drift_reports is
    'One row per feed and run: how the delivery differed from the declaration, and what became of it';
