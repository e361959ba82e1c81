-- A whole read may show more than what is gone.
alter table ops.reconciliations
    add column keys_back bigint not null default 0 check (keys_back >= 0),
    add column keys_behind bigint not null default 0 check (keys_behind >= 0);
comment on column ops.reconciliations.keys_back is
    'Keys the hub had taken for gone and that are at the source again as they were: their deletion was taken back';
comment on column ops.reconciliations.keys_behind is
    'Keys whose change time at the source is before the one of the version in force here';
