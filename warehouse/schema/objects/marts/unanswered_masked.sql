-- Shows analysts the people a department has not answered about, with masked identities. The view runs with the
-- rights of its reader, so the row policies of marts.unanswered hold. New columns stand last.
create or replace view marts.unanswered_masked with (security_invoker = true) as
select
    person_id, id_number_masked as id_number, full_name_masked as full_name, region_code, feed_id, benefit_types,
    first_seen_on, last_seen_on, is_current, publication_id
from marts.unanswered;
revoke all on marts.unanswered_masked from public, hub_app, hub_analyst;
grant select on marts.unanswered_masked to hub_app, hub_analyst;
