-- Feeds that end at the same moment all find the day complete. Whoever writes here first says so; a run that ends
-- later (a feed loaded again, a task tried again) may say it once more.
create table ops.announcements (
    announcement_id bigint generated always as identity primary key,
    as_of date not null,
    feed_id text not null,
    announced_at timestamptz not null default clock_timestamp()
);
create index announcements_day on ops.announcements (as_of, announced_at);
comment on table ops.announcements is 'Which feed said that a day was complete, and when';
