-- Lists social organisations that gave no annual report after the third notice (活动异常名录). A notice is given when
-- the warning opens and every organisation_notice_days after it. An organisation whose deadline is still to come is
-- not on the list. An organisation that reports later stays on it, with the day it left.
create or replace view marts.abnormal_organisations with (security_invoker = true) as
with overdue as (
    select
        w.warning_id,
        w.subject_id as uscc,
        w.event_key as report_year,
        w.region_code,
        w.opened_on as first_notice_on,
        w.opened_on + days.between_notices as second_notice_on,
        w.opened_on + 2 * days.between_notices as third_notice_on,
        coalesce(
            (select min(e.as_of) from marts.warning_events as e
             where e.warning_id = w.warning_id and e.details ->> 'severity_before' = 'yellow'),
            w.opened_on
        ) as overdue_since,
        w.resolved_on
    from marts.warnings as w
    cross join (select ops.organisation_notice_days() as between_notices) as days
    where w.rule_id = 'soc_org_annual' and w.severity = 'orange'
),

listed as (
    select
        o.*,
        greatest(o.third_notice_on, o.overdue_since) + 1 as listed_on
    from overdue as o
)

select
    l.uscc,
    l.report_year,
    l.region_code,
    l.first_notice_on,
    l.second_notice_on,
    l.third_notice_on,
    l.overdue_since,
    l.listed_on,
    l.resolved_on as removed_on,
    l.warning_id
from listed as l
where
    l.listed_on <= (select max(p.as_of) from marts.publications as p)
    and (l.resolved_on is null or l.resolved_on >= l.listed_on);
comment on view marts.abnormal_organisations is
    'Social organisations without an annual report after the third notice; removed_on: when they left the list (活动异常名录)';
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
revoke all on marts.abnormal_organisations from public, hub_app, hub_analyst;
grant select on marts.abnormal_organisations to hub_app, hub_analyst;
