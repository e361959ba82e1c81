-- Shows analysts the same report without names, numbers and amounts.
create or replace view marts.household_report_masked as select * from ops.household_report_masked_rows();
comment on view marts.household_report_masked is 'The same without names, numbers and amounts';
revoke all on marts.household_report_masked from public, hub_app, hub_analyst;
grant select on marts.household_report_masked to hub_app, hub_analyst;
