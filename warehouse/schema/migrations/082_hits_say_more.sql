-- A cross-check hit says what kind it is, on which days benefit and fact hold together, and what was paid meanwhile.
-- Empty in hits that were no longer current when this came.
alter table marts.cross_check_hits
    add column sub_type text,
    add column overlap_from date,
    add column overlap_until date,
    add column overpaid_months integer,
    add column overpaid_amount numeric(14, 2);
comment on column marts.cross_check_hits.sub_type is 'The gravest sub-type of the facts (子类)';
comment on column marts.cross_check_hits.overlap_from is
    'First day on which benefit and fact hold together; empty: nobody says since when (同时成立首日)';
comment on column marts.cross_check_hits.overlap_until is
    'Last day of it, included; empty: both still run (同时成立末日)';
comment on column marts.cross_check_hits.overpaid_months is
    'Months paid that lie wholly after the ground for paying fell away; empty: a person must say (多发月数)';
comment on column marts.cross_check_hits.overpaid_amount is 'What was paid for those months, yuan (多发金额)';

-- new columns of a view stand last: marts.cross_check_hits_masked_as_of returns its rows
create or replace view marts.cross_check_hits_masked with (security_invoker = true) as
select
    hit_id, check_id, check_name_zh, person_id, id_number_masked as id_number, full_name_masked as full_name,
    enrolment_id, benefit_type, region_code, confidence, first_seen_on, last_seen_on, is_current,
    evidence_masked as evidence, publication_id,
    sub_type, overlap_from, overlap_until, overpaid_months, overpaid_amount
from marts.cross_check_hits;

grant select (sub_type, overlap_from, overlap_until, overpaid_months, overpaid_amount)
    on marts.cross_check_hits to hub_analyst;
