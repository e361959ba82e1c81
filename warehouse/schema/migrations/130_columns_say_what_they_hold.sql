-- Every column of the tables that others read says what it holds: for psql, for BI tools, for the documentation.
-- First the columns that mean the same wherever they stand, then those of one table. What a column says already stays.
do $$
declare
    said record;
begin
    for said in
        select n.nspname, c.relname, a.attname, t.meaning
        from (values
            ('as_of', 'The day it is about (业务日期)'),
            ('feed_id', 'The feed (来源)'),
            ('batch_id', 'The batch (批次)'),
            ('former_batch_id', 'The batch before it'),
            ('table_name', 'The table of the feed, as its declaration names it'),
            ('column_name', 'The column, as the declaration names it'),
            ('row_no', 'The place of the row in the delivery (行号)'),
            ('message', 'What is the matter, in words'),
            ('reason', 'Why, in the words of whoever decided'),
            ('region_code', 'Division code, 12 digits; row policies go by it (区划代码)'),
            ('publication_id', 'The publication that last changed the row (发布)'),
            ('first_seen_on', 'The day it was first published for (首次出现)'),
            ('last_seen_on', 'The day it was last published for (最近出现)'),
            ('is_current', 'Whether the last publication has it still (是否当前)'),
            ('id_number_masked', 'The ID number, masked (脱敏证件号码)'),
            ('full_name_masked', 'The name, masked (脱敏姓名)'),
            ('evidence_masked', 'The evidence, masked (脱敏证据)'),
            ('facts_digest', 'Digest of the evidence without batch and row: changes when the facts do'),
            ('started_at', 'When it began'),
            ('finished_at', 'When it ended'),
            ('rows_changed_at', 'When the rows of the batch last changed, as it was when this was written'),
            ('never', 'Holds nothing: the table is only locked'),
            ('owner', 'Who answers for the feed, by its declaration'),
            ('note', 'What is to be said about it'),
            ('id_number', 'Resident ID number (身份证号)'),
            ('rule_id', 'The rule (规则)'),
            ('warning_id', 'The warning (预警标识)')
        ) as t (column_name, meaning)
        inner join pg_attribute as a on a.attname = t.column_name and a.attnum > 0 and not a.attisdropped
        inner join pg_class as c on c.oid = a.attrelid and c.relkind = 'r'
        inner join pg_namespace as n on n.oid = c.relnamespace and n.nspname in ('ops', 'marts')
        where col_description(c.oid, a.attnum) is null
            -- the model says more of these: candidate marts have the same columns
            and not (n.nspname = 'marts' and c.relname in ('warnings', 'cross_check_hits', 'unanswered')
                and a.attname in ('region_code', 'feed_id', 'id_number', 'rule_id', 'warning_id'))
    loop
        execute format('comment on column %I.%I.%I is %L', said.nspname, said.relname, said.attname, said.meaning);
    end loop;

    for said in
        select t.table_name, t.column_name, t.meaning
        from (values
            ('marts.publications', 'publication_id', 'Grows with every publication (发布序号)'),
            ('marts.publications', 'published_at', 'When its transaction was made (发布时间)'),
            ('marts.publications', 'counts', 'Rows opened, changed, withdrawn, reopened and so on; open warnings by rule'),
            ('marts.publications', 'content_digest', 'Digest of all that was published: equal digests, equal marts'),
            ('marts.publications', 'decided_by', 'Who rolled back; empty otherwise'),
            ('marts.publications', 'reason', 'Why it was rolled back; empty otherwise'),
            ('marts.warnings', 'opened_on', 'The day it opened for (生成日期)'),
            ('marts.warnings', 'reopened_on', 'The day it last opened again (重新打开日期)'),
            ('marts.warnings', 'resolved_on', 'The day it ended, by a person or by itself (办结日期)'),
            ('marts.warnings', 'resolution', 'How it ended, in words (办结意见)'),
            ('marts.warning_events', 'event_seq', 'Grows with every step of every warning: read on from the last one seen'),
            ('marts.warning_events', 'event_type', 'What happened: opened, changed, a step of a person, withdrawn, reopened'),
            ('marts.warning_events', 'occurred_at', 'When it happened (发生时间)'),
            ('marts.warning_events', 'publication_id', 'The publication that did it; empty for a step of a person'),
            ('marts.warning_events', 'details', 'What the step says more: who, opinion, cause, values before'),
            ('marts.kept_rows', 'mart', 'Which mart the row is of'),
            ('marts.kept_rows', 'row_key', 'The key of the row in its mart'),
            ('marts.kept_rows', 'from_publication', 'The first publication that had the row like this'),
            ('marts.kept_rows', 'to_publication', 'The first that had it otherwise or not at all; empty: as it is now'),
            ('marts.kept_rows', 'is_seen', 'Whether last_seen_on is the day of the publication that is asked for'),
            ('marts.kept_rows', 'content', 'The other columns'),
            ('ops.adopted_rows', 'raw_table', 'The raw table of the row'),
            ('ops.adopted_rows', 'row_digest', 'Digest of the row'),
            ('ops.adopted_rows', 'as_received', 'What cleaning changed, as the batch received it'),
            ('ops.adopted_rows', 'extra', 'Columns nobody declared, as the batch received them'),
            ('ops.adopted_rows', 'former_row_no', 'The place of the row in the batch before'),
            ('ops.adopted_rows', 'former_as_received', 'What cleaning changed, as the batch before received it'),
            ('ops.adopted_rows', 'former_extra', 'Columns nobody declared, as the batch before received them'),
            ('ops.alert_suppressions', 'suppression_id', 'The suppression'),
            ('ops.alert_suppressions', 'condition', 'The condition nobody is told about; empty: any'),
            ('ops.alert_suppressions', 'suppressed_by', 'Who decided it'),
            ('ops.alert_suppressions', 'made_at', 'When it was decided'),
            ('ops.alert_suppressions', 'until_day', 'The last business day it holds for'),
            ('ops.alerts', 'alert_id', 'The alert'),
            ('ops.alerts', 'condition', 'What is wrong'),
            ('ops.alerts', 'opened_for', 'The business day it began with'),
            ('ops.alerts', 'last_day', 'The last business day it was seen on'),
            ('ops.alerts', 'opened_at', 'When it opened'),
            ('ops.alerts', 'updated_at', 'When it was last looked at'),
            ('ops.alerts', 'closed_at', 'When it was over; empty while it stands'),
            ('ops.alerts', 'suppressed_by', 'The suppression that silences it'),
            ('ops.announcements', 'announcement_id', 'Grows with every announcement'),
            ('ops.announcements', 'announced_at', 'When it was said'),
            ('ops.applied_batches', 'model', 'The staging table'),
            ('ops.applied_batches', 'definition', 'Digest of what the model picks and how: another one starts it afresh'),
            ('ops.check_results', 'check_run_id', 'One run of the gate'),
            ('ops.check_results', 'stage', 'feeds: what arrived; marts: what was built'),
            ('ops.check_results', 'check_name', 'The check'),
            ('ops.check_results', 'severity', 'error holds or stops; warning is told'),
            ('ops.check_results', 'success', 'Whether it passed'),
            ('ops.check_results', 'observed', 'What was found'),
            ('ops.check_results', 'expected', 'What was expected'),
            ('ops.check_results', 'checked_at', 'When it was checked'),
            ('ops.decisions', 'decision_id', 'The decision'),
            ('ops.decisions', 'decided_at', 'When it was taken'),
            ('ops.decisions', 'decided_by', 'Who took it'),
            ('ops.decisions', 'action', 'release, replay or correct'),
            ('ops.decisions', 'detail', 'What else is to be known of it'),
            ('ops.delivery_comparisons', 'keys_before', 'Keys of the snapshot before it'),
            ('ops.delivery_comparisons', 'keys_gone', 'How many of them are not in this one'),
            ('ops.delivery_comparisons', 'rows_before', 'Rows of the snapshot before it'),
            ('ops.delivery_comparisons', 'rows_now', 'Rows of this one'),
            ('ops.delivery_comparisons', 'too_many', 'Whether the batch was held for it'),
            ('ops.delivery_comparisons', 'compared_at', 'When they were compared'),
            ('ops.delivery_notes', 'note_id', 'The note'),
            ('ops.delivery_notes', 'code', 'What is odd, as a code'),
            ('ops.delivery_notes', 'noted_at', 'When it was noted'),
            ('ops.drift_reports', 'report_id', 'The report'),
            ('ops.drift_reports', 'run_id', 'The attempt; empty where bytes were decoded again'),
            ('ops.drift_reports', 'batch_id', 'The batch; empty where the delivery was refused'),
            ('ops.drift_reports', 'verdict', 'none: as declared; reported: told; held: the batch is held for it'),
            ('ops.drift_reports', 'columns_added', 'Columns nobody declared, by the department''s names, masked'),
            ('ops.drift_reports', 'columns_missing', 'Declared columns that did not come, as table.column'),
            ('ops.drift_reports', 'columns_renamed', 'A missing column and the unknown one that looks like it'),
            ('ops.drift_reports', 'tables_reordered', 'Tables whose columns came in another order'),
            ('ops.drift_reports', 'types_changed', 'Columns whose values fail their declared type, with counts'),
            ('ops.drift_reports', 'codes_unknown', 'Codes nobody declared, the most frequent ones, with counts'),
            ('ops.drift_reports', 'next_step', 'What to do about it'),
            ('ops.drift_reports', 'reported_at', 'When it was written'),
            ('ops.evidence_keys', 'why', 'Why it is no fact of its own'),
            ('ops.feed_batches', 'mode', 'snapshot, delta, events or query_reply'),
            ('ops.feed_batches', 'status', 'loaded: counts; held: a gate keeps it back; superseded: another took its place'),
            ('ops.feed_batches', 'rows_received', 'Rows of the delivery: the sum of the three counts after it'),
            ('ops.feed_batches', 'rows_loaded', 'Rows that are in raw'),
            ('ops.feed_batches', 'rows_duplicate', 'Rows that were there already'),
            ('ops.feed_batches', 'rows_quarantined', 'Rows set aside, without those corrected since'),
            ('ops.feed_batches', 'content_sha256', 'Digest of the received content: with feed and day it names the batch'),
            ('ops.feed_batches', 'landing_path', 'Where the received bytes are, below HUB_HOME'),
            ('ops.feed_batches', 'cursor_since', 'The beginning of the window that was asked for; empty: from the start'),
            ('ops.feed_batches', 'cursor_until', 'The end of the window that was asked for'),
            ('ops.feed_batches', 'request_id', 'Our question a query-reply batch answers'),
            ('ops.feed_batches', 'superseded_by', 'The batch that took its place'),
            ('ops.feed_batches', 'held_reason', 'Why the gate holds it'),
            ('ops.feed_runs', 'run_id', 'The attempt'),
            ('ops.feed_runs', 'outcome', 'How it ended: loaded, unchanged, not_delivered, unavailable, rejected, failed, died'),
            ('ops.feed_runs', 'batch_id', 'The batch it loaded or found loaded'),
            ('ops.locks', 'name', 'What is worked on'),
            ('ops.locks', 'pid', 'The session, as PostgreSQL numbers it'),
            ('ops.locks', 'token', 'The advisory lock by which the session shows that it is still there'),
            ('ops.quarantine', 'quarantine_id', 'The row that was set aside; corrections name it'),
            ('ops.quarantine', 'reason_code', 'Why, as a code of the closed list of reasons'),
            ('ops.quarantine', 'payload', 'The row as received, sensitive values masked'),
            ('ops.quarantine_resolutions', 'quarantine_id', 'The row that was set aside'),
            ('ops.quarantine_resolutions', 'resolved_at', 'When it was corrected'),
            ('ops.quarantine_resolutions', 'resolved_by', 'Who corrected it'),
            ('ops.quarantine_resolutions', 'outcome', 'loaded, or duplicate of a row that was there'),
            ('ops.quarantine_resolutions', 'changes', 'The values put in place of those received'),
            ('ops.query_requests', 'request_id', 'The request the person was in'),
            ('ops.query_requests', 'seq', 'The place of the person in the request'),
            ('ops.query_requests', 'status', 'sent, answered, none (they have nothing) or no_answer (no line came back)'),
            ('ops.reconciliations', 'keys_at_source', 'Keys the whole source has'),
            ('ops.reconciliations', 'rows_missed', 'Rows the deltas had not brought: they are loaded now'),
            ('ops.reconciliations', 'keys_gone', 'Keys in force here that the source has no longer: they are deleted here now'),
            ('ops.reconciliations', 'deletion_batch_id', 'The batch of the hub that deletes them'),
            ('ops.reconciliations', 'checked_at', 'When the source was read'),
            ('ops.report_reads', 'read_id', 'The reading'),
            ('ops.report_reads', 'read_at', 'When it was read (查询时间)'),
            ('ops.report_reads', 'reader', 'The role that read (查询账号)'),
            ('ops.report_reads', 'purpose', 'What for, in the words of the reader (查询事由)'),
            ('ops.report_reads', 'household_id', 'The household, if the report was of one (户)'),
            ('ops.report_reads', 'lines', 'How many lines were told'),
            ('ops.role_regions', 'role_name', 'The role'),
            ('ops.role_regions', 'region_prefix', 'The beginning of the division codes it sees'),
            ('ops.schema_migrations', 'version', 'The number of the migration'),
            ('ops.schema_migrations', 'name', 'Its file'),
            ('ops.schema_migrations', 'checksum', 'Digest of the file as it was applied'),
            ('ops.schema_migrations', 'applied_at', 'When it was applied'),
            ('ops.secrets', 'name', 'What it is for'),
            ('ops.secrets', 'value', 'The secret'),
            ('ops.settings', 'name', 'The setting'),
            ('ops.settings', 'value', 'Its value, as text'),
            ('ops.settings', 'meaning', 'What it does, and which values it may have'),
            ('ops.unread_values', 'rows_filled', 'Rows of the delivery in which the column held something'),
            ('ops.unread_values', 'rows_unread', 'Rows kept although this value could not be read and became null'),
            ('ops.warning_outcomes', 'outcome', 'How it ends, as a code'),
            ('ops.warning_outcomes', 'step', 'The step it goes with: resolve or dismiss'),
            ('ops.warning_outcomes', 'name_zh', 'Its name in Chinese (办结结论)'),
            ('ops.warning_steps', 'step', 'The step'),
            ('ops.warning_steps', 'from_status', 'The status it begins from'),
            ('ops.warning_steps', 'to_status', 'The status it leads to'),
            ('ops.warning_steps', 'needs_opinion', 'Whether an opinion must be written'),
            ('ops.warning_steps', 'name_zh', 'Its name in Chinese (处置步骤)'),
            ('ops.withdrawal_causes', 'cause', 'The cause, as a code'),
            ('ops.withdrawal_causes', 'rank', 'Of several that hold, the lowest is named'),
            ('ops.withdrawal_causes', 'resolution_zh', 'What the warning says then (撤回说明)'),
            ('ops.withdrawal_causes', 'meaning', 'When it holds')
        ) as t (table_name, column_name, meaning)
    loop
        execute format('comment on column %s.%I is %L', said.table_name::regclass, said.column_name, said.meaning);
    end loop;
end
$$;

comment on table ops.check_results is 'Every check of the gate, passed or failed, about a batch or about the candidate marts';
comment on table ops.schema_migrations is 'The migrations that were applied to this database';

comment on function ops.household_report_rows() is 'The rows of marts.household_report for the area of the reader';
comment on function ops.household_report_masked_rows() is
    'The rows of marts.household_report_masked for the area of the reader';
comment on function ops.reader() is 'The role whose rights a call was made with, also inside a function of another owner';
comment on function ops.rows_as_of(text, bigint, boolean) is
    'The rows of a mart as they were when a publication was made; read them with marts.warnings_as_of and its like';
comment on column marts.abnormal_organisations.uscc is 'Unified social credit code (统一社会信用代码)';
comment on column marts.abnormal_organisations.report_year is 'The year whose report is owed (年检年度)';
comment on column marts.abnormal_organisations.region_code is 'Division code of the organisation, 12 digits (区划代码)';
comment on column marts.abnormal_organisations.first_notice_on is 'The first notice: the day the warning opened (第一次通知)';
comment on column marts.abnormal_organisations.second_notice_on is 'The second notice (第二次通知)';
comment on column marts.abnormal_organisations.third_notice_on is 'The third notice (第三次通知)';
comment on column marts.abnormal_organisations.overdue_since is 'The day from which the report was overdue (逾期起始)';
comment on column marts.abnormal_organisations.listed_on is 'The day it came onto the list (列入日期)';
comment on column marts.abnormal_organisations.removed_on is 'The day it left the list; empty while it is on it (移出日期)';
comment on column marts.abnormal_organisations.warning_id is 'The warning it follows from (预警标识)';
