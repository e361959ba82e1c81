-- Shows analysts the cross-check hits with masked identities. The view runs with the rights of its reader, so the
-- row policies of marts.cross_check_hits hold. New columns stand last.
create or replace view marts.cross_check_hits_masked with (security_invoker = true) as
select
    hit_id, check_id, check_name_zh, person_id, id_number_masked as id_number, full_name_masked as full_name,
    enrolment_id, benefit_type, region_code, confidence, first_seen_on, last_seen_on, is_current,
    evidence_masked as evidence, publication_id,
    sub_type, overlap_from, overlap_until, overpaid_months, overpaid_amount
from marts.cross_check_hits;
revoke all on marts.cross_check_hits_masked from public, hub_app, hub_analyst;
grant select on marts.cross_check_hits_masked to hub_app, hub_analyst;
