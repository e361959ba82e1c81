-- Who may read which table. hub_app reads whole rows, hub_analyst no column that names a person; which rows each of
-- them sees, own_region says. Views and functions carry their grants themselves.
grant usage on schema marts, ops to hub_app, hub_analyst;

revoke all on marts.warnings from public, hub_app, hub_analyst;
grant select on marts.warnings to hub_app;
grant select (
    warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id, id_number_masked,
    full_name_masked, region_code, sub_type, confidence, event_key, status, opened_on, reopened_on, last_seen_on,
    resolved_on, resolution, due_on, evidence_masked, publication_id, withdrawn_cause
) on marts.warnings to hub_analyst;

revoke all on marts.cross_check_hits from public, hub_app, hub_analyst;
grant select on marts.cross_check_hits to hub_app;
grant select (
    hit_id, check_id, check_name_zh, person_id, id_number_masked, full_name_masked, enrolment_id, benefit_type,
    region_code, confidence, first_seen_on, last_seen_on, is_current, evidence_masked, publication_id,
    sub_type, overlap_from, overlap_until, overpaid_months, overpaid_amount
) on marts.cross_check_hits to hub_analyst;

revoke all on marts.unanswered from public, hub_app, hub_analyst;
grant select on marts.unanswered to hub_app;
grant select (
    person_id, feed_id, id_number_masked, full_name_masked, region_code, benefit_types, first_seen_on,
    last_seen_on, is_current, publication_id
) on marts.unanswered to hub_analyst;

-- "identity" holds the columns that analysts see masked only
revoke all on marts.kept_rows from public, hub_app, hub_analyst;
grant select on marts.kept_rows to hub_app;
grant select (mart, row_key, region_code, from_publication, to_publication, is_seen, content)
    on marts.kept_rows to hub_analyst;

revoke all on marts.publications, marts.warning_events from public, hub_app, hub_analyst;
grant select on marts.publications, marts.warning_events to hub_app, hub_analyst;

revoke all on ops.warning_steps, ops.warning_outcomes, ops.withdrawal_causes, ops.evidence_keys
    from public, hub_app, hub_analyst;
grant select on ops.warning_steps, ops.warning_outcomes, ops.withdrawal_causes, ops.evidence_keys
    to hub_app, hub_analyst;
