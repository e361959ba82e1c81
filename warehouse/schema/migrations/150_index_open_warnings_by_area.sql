-- A reader's page of open warnings is read by an index at every size. Row policies are evaluated before a reader's
-- own conditions, except those that cannot leak a value: like and left() can, = cannot. So each row says in columns of
-- its own in which district and street it lies, and the reader asks for those with =. Due day and id stand behind: the
-- page is read in its order, and the next one begins where it ended.
select ops.run_patiently($sql$
    alter table marts.warnings
        add column district_prefix text generated always as (left(region_code, 6)) stored,
        add column street_prefix text generated always as (left(region_code, 9)) stored
$sql$, 'marts.warnings');
select ops.run_patiently($sql$
    alter table marts.cross_check_hits
        add column district_prefix text generated always as (left(region_code, 6)) stored,
        add column street_prefix text generated always as (left(region_code, 9)) stored
$sql$, 'marts.cross_check_hits');
comment on column marts.warnings.district_prefix is
    'First six digits of region_code: the district. Ask for it with = (区县代码前六位)';
comment on column marts.warnings.street_prefix is
    'First nine digits of region_code: the street. Ask for it with = (街道代码前九位)';
comment on column marts.cross_check_hits.district_prefix is
    'First six digits of region_code: the district. Ask for it with = (区县代码前六位)';
comment on column marts.cross_check_hits.street_prefix is
    'First nine digits of region_code: the street. Ask for it with = (街道代码前九位)';

-- what is kept of a row has all its columns, or the next publication would keep every row once more
update marts.kept_rows as k
set content = k.content || jsonb_build_object(
    'district_prefix', left(k.region_code, 6), 'street_prefix', left(k.region_code, 9))
where k.mart in ('warnings', 'cross_check_hits');

create index warnings_open_due on marts.warnings (due_on, warning_id)
    where status in ('open', 'acknowledged', 'verifying');
create index warnings_open_district on marts.warnings (district_prefix, due_on, warning_id)
    where status in ('open', 'acknowledged', 'verifying');
create index warnings_open_street on marts.warnings (street_prefix, due_on, warning_id)
    where status in ('open', 'acknowledged', 'verifying');
create index warnings_open_community on marts.warnings (region_code, due_on, warning_id)
    where status in ('open', 'acknowledged', 'verifying');
create index warnings_open_rule on marts.warnings (rule_id, due_on, warning_id)
    where status in ('open', 'acknowledged', 'verifying');
create index warnings_open_district_rule on marts.warnings (district_prefix, rule_id, due_on, warning_id)
    where status in ('open', 'acknowledged', 'verifying');

create index cross_check_hits_current on marts.cross_check_hits (check_id, hit_id) where is_current;
create index cross_check_hits_district on marts.cross_check_hits (district_prefix, check_id, hit_id) where is_current;
create index cross_check_hits_street on marts.cross_check_hits (street_prefix, check_id, hit_id) where is_current;
create index cross_check_hits_publication on marts.cross_check_hits (publication_id, hit_id);
drop index marts.cross_check_hits_check;
