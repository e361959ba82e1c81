-- How many warnings are open, by area and rule, without reading them: a count over the warnings grows with them.
-- Whoever writes warnings holds one lock (ops.hold_publication) and counts under it.
create table marts.warning_counts (
    level text not null check (level in ('city', 'district', 'street', 'community')),
    region_prefix text not null,
    rule_id text not null,
    status text not null check (status in ('open', 'acknowledged', 'verifying')),
    warnings integer not null check (warnings >= 0),
    primary key (level, region_prefix, rule_id, status)
);
comment on table marts.warning_counts is
    'Open warnings of every city, district, street and community, by rule and status (未办结预警数)';
comment on column marts.warning_counts.level is 'What region_prefix names: city, district, street or community';
comment on column marts.warning_counts.region_prefix is
    'The first 4, 6, 9 or all 12 digits of the division code: who sees the area sees the row (区划代码前缀)';
comment on column marts.warning_counts.rule_id is 'The rule (规则)';
comment on column marts.warning_counts.status is 'open, acknowledged or verifying';
comment on column marts.warning_counts.warnings is 'How many warnings there are; may be 0 (预警数)';

insert into marts.warning_counts
select a.level, left(w.region_code, a.digits), w.rule_id, w.status, count(*)
from marts.warnings as w
cross join (values ('city', 4), ('district', 6), ('street', 9), ('community', 12)) as a (level, digits)
where w.status in ('open', 'acknowledged', 'verifying') and w.region_code is not null
group by a.level, left(w.region_code, a.digits), w.rule_id, w.status;
