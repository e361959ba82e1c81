-- Shows applications the economic report of every family whose check is due, in the area of the reader.
create or replace view marts.household_report as select * from ops.household_report_rows();
comment on view marts.household_report is
    'Economic report of every family whose check is due, a line per member and source (家庭经济状况核对报告)';
revoke all on marts.household_report from public, hub_app, hub_analyst;
grant select on marts.household_report to hub_app;
