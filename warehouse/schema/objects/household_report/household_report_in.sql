-- Reads the mart of the published day for some areas: families whose check is due. By text, because dbt makes the
-- table anew with every build.
create or replace function ops.household_report_in(patterns text[])
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, value text, amount numeric, fact_date date,
    replied_on date, threshold numeric, result text, names_agree boolean, batch_id text, row_no bigint, as_of date
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute '
        select r.household_id, r.region_code, r.benefit_type, r.id_number, r.full_name, r.rank, r.feed_id,
            r.source_zh, r.item, r.item_zh, r.value, r.amount, r.fact_date, r.replied_on, r.threshold, r.result,
            r.names_agree, r.batch_id, r.row_no, r.as_of
        from core.fct_household_report as r
        where r.region_code like any($1)'
    using patterns;
end
$$;
revoke all on function ops.household_report_in(text[]) from public, hub_app, hub_analyst;
