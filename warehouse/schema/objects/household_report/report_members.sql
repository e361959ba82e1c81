-- Lists the members a reader may ask about, with what each has signed for.
create or replace function ops.report_members(household text, people text[])
returns table (
    household_id text, id_number text, full_name text, scope text, benefit_type text, standard_class text
)
language plpgsql stable
as $$
declare
    patterns text[] := array(select ops.region_patterns(ops.reader(), 'hub_app'));
begin
    return query execute '
        select m.household_id, m.id_number, m.full_name, m.scope, m.benefit_type, m.standard_class
        from core.dim_report_member as m
        where (m.household_id = $1 or m.id_number = any($2))
            and (m.region_code like any($3) or (m.region_code is null and ''2101%'' = any($3)))'
    using household, people, patterns;
end
$$;
revoke all on function ops.report_members(text, text[]) from public, hub_app, hub_analyst;
