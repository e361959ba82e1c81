-- Answers for one household now. Nothing is told of people who have not signed, of those outside the reader's area,
-- or without a purpose.
create or replace function marts.household_report_of(household text, purpose text)
returns setof ops.report_line
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    members jsonb;
begin
    select jsonb_agg(to_jsonb(m)) into members from ops.report_members(household, '{}') as m;
    if members is null then
        raise exception 'no open authorisation for this household in your area'
            using errcode = 'insufficient_privilege',
            hint = 'the family signs first; the authorisation reaches the hub with the next run';
    end if;
    return query select * from ops.read_report(members, household, purpose);
end
$$;
comment on function marts.household_report_of(text, text) is
    'The economic report of one household now (家庭经济状况核对报告): a line per member and source, then the family';
revoke all on function marts.household_report_of(text, text) from public, hub_app, hub_analyst;
grant execute on function marts.household_report_of(text, text) to hub_app;
