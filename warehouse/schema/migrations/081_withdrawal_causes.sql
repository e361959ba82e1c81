-- A warning that the hub withdraws says why. Those withdrawn before this have no cause: nobody looked then.
create table ops.withdrawal_causes (
    cause text primary key,
    -- of several that hold, the first
    rank integer not null unique,
    resolution_zh text not null,
    meaning text not null
);
comment on table ops.withdrawal_causes is 'Why the hub withdrew a warning by itself (系统撤回原因)';
insert into ops.withdrawal_causes values
    ('benefit_ended', 1, '待遇已停止，系统自动撤回',
        'None of the benefits the warning speaks of runs any longer'),
    ('source_withdrew', 2, '数据源撤回：所依据的记录已不在数据源中，系统自动撤回',
        'A row the warning rests on was deleted, or is gone from the newest delivery'),
    ('source_changed', 3, '数据源更正：所依据的记录内容已变更，系统自动撤回',
        'A row the warning rests on is still there, and says something else'),
    ('condition_ended', 4, '条件已随时间结束，系统自动撤回',
        'The rows say the same: a term is over, a day was reached, a task done, or a rule is another'),
    ('rolled_back', 5, '发布已回滚，系统自动撤回',
        'A person went back to a publication that did not have the warning');
grant select on ops.withdrawal_causes to hub_app, hub_analyst;

alter table marts.warnings
    add column withdrawn_cause text references ops.withdrawal_causes (cause),
    add constraint only_a_withdrawn_warning_has_a_cause check (withdrawn_cause is null or status = 'withdrawn');
comment on column marts.warnings.withdrawn_cause is
    'Why the hub withdrew it: a row of ops.withdrawal_causes; else null';
grant select (withdrawn_cause) on marts.warnings to hub_analyst;

create or replace view marts.warnings_masked with (security_invoker = true) as
select
    warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id,
    id_number_masked as id_number, full_name_masked as full_name, region_code, sub_type, confidence, event_key,
    status, opened_on, reopened_on, last_seen_on, resolved_on, resolution, due_on,
    evidence_masked as evidence, publication_id, withdrawn_cause
from marts.warnings;

-- the new column makes no row another one: without this the next publication would keep every warning once more
update marts.kept_rows set content = content || '{"withdrawn_cause": null}'
where mart = 'warnings' and to_publication is null;

create table ops.published_batches (
    batch_id uuid primary key,
    feed_id text not null,
    rows_changed_at timestamptz not null
);
create index published_batches_feed on ops.published_batches (feed_id);
comment on table ops.published_batches is
    'The batches the last publication was made of: what came after may be why a warning ends; empty after a rollback';

-- Evidence names batch and row number: that is how its row is found again.
do $$
declare
    raw record;
begin
    for raw in
        select c.oid::regclass as relation, (
            select i.indexrelid::regclass from pg_index as i
            where i.indrelid = c.oid and not i.indisunique and i.indnatts = 1
                and pg_get_indexdef(i.indexrelid, 1, true) = 'batch_id') as batches
        from pg_class as c
        where c.relnamespace = 'raw'::regnamespace and c.relkind = 'r'
    loop
        execute format('create index on %s (batch_id, row_no)', raw.relation);
        if raw.batches is not null then
            execute format('drop index %s', raw.batches);
        end if;
    end loop;
end
$$;
