-- Returns the mart for the area of the reader.
create or replace function ops.household_report_rows()
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, value text, amount numeric, fact_date date,
    replied_on date, threshold numeric, result text, names_agree boolean, batch_id text, row_no bigint, as_of date
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select * from ops.household_report_in(array(select ops.region_patterns(ops.reader(), 'hub_app')))
$$;
comment on function ops.household_report_rows() is 'The report of households, for the area of the reader';
revoke all on function ops.household_report_rows() from public, hub_app, hub_analyst;
grant execute on function ops.household_report_rows() to hub_app;
