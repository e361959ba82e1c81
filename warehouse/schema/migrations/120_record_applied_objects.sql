-- Which object files (warehouse/schema/objects) this database has, and what each of them makes: a file is applied
-- again when its text changes, and what no file makes any more is dropped.
create table ops.schema_objects (
    file text primary key,
    checksum text not null,
    makes text[] not null,
    applied_at timestamptz not null default clock_timestamp()
);
comment on table ops.schema_objects is
    'One row per object file applied: functions, views, triggers and policies as the code has them today';
comment on column ops.schema_objects.checksum is 'sha256 of the text as it was run, templates rendered';
