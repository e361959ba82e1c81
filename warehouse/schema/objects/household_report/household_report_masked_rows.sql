-- Returns the mart for analysts. Amounts stay with the verification centre: for statistics the result is enough.
-- A function of its own, because a reader of a view needs the right to call what the view calls.
create or replace function ops.household_report_masked_rows()
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, replied_on date, threshold numeric, result text,
    names_agree boolean, as_of date
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select
        r.household_id, r.region_code, r.benefit_type, ops.mask_id(r.id_number), ops.mask_name(r.full_name), r.rank,
        r.feed_id, r.source_zh, r.item, r.item_zh, r.replied_on, r.threshold, r.result, r.names_agree, r.as_of
    from ops.household_report_in(array(select ops.region_patterns(ops.reader()))) as r
$$;
comment on function ops.household_report_masked_rows() is
    'The report of households without names, numbers and amounts, for the area of the reader';
revoke all on function ops.household_report_masked_rows() from public, hub_app, hub_analyst;
grant execute on function ops.household_report_masked_rows() to hub_app, hub_analyst;
