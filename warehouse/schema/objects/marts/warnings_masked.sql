-- Shows analysts the warnings with masked identities. The view runs with the rights of its reader, so the row
-- policies of marts.warnings hold. New columns stand last.
create or replace view marts.warnings_masked with (security_invoker = true) as
select
    warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id,
    id_number_masked as id_number, full_name_masked as full_name, region_code, sub_type, confidence, event_key,
    status, opened_on, reopened_on, last_seen_on, resolved_on, resolution, due_on,
    evidence_masked as evidence, publication_id, withdrawn_cause
from marts.warnings;
revoke all on marts.warnings_masked from public, hub_app, hub_analyst;
grant select on marts.warnings_masked to hub_app, hub_analyst;
