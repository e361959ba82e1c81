-- Since when a snapshot has been the same: without it, one that never changes could only be told every day or never.
alter table ops.delivery_comparisons add column same_rows boolean not null default false;
comment on column ops.delivery_comparisons.same_rows is 'Whether the table holds the very rows of the snapshot before it';
