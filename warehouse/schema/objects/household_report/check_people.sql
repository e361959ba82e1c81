-- Answers for a few people who apply together, now. Nothing is told of people who have not signed, of those outside
-- the reader's area, or without a purpose.
create or replace function marts.check_people(id_numbers text[], purpose text, standard_class text default 'urban')
returns setof ops.report_line
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    wanted text[] := array(select distinct upper(btrim(n)) from unnest(id_numbers) as n where btrim(n) <> '');
    most integer := (select s.value::integer from ops.settings as s where s.name = 'report_most_people');
    members jsonb;
begin
    if cardinality(wanted) not between 1 and most then
        raise exception '% people asked about: from 1 to % at a time', cardinality(wanted), most
            using errcode = 'invalid_parameter_value', hint = 'report_most_people in ops.settings';
    end if;
    -- as one family; of whoever has not signed, or is outside the reader's area, only that
    select jsonb_agg(jsonb_build_object(
        'household_id', 'intake', 'id_number', w.id_number, 'full_name', m.full_name, 'scope', m.scope,
        'benefit_type', 'dibao', 'standard_class', check_people.standard_class))
    into members
    from unnest(wanted) as w(id_number)
    left join (
        select r.id_number, min(r.full_name) as full_name, min(r.scope) as scope
        from ops.report_members(null, wanted) as r
        where r.scope is not null
        group by r.id_number
    ) as m on m.id_number = w.id_number;
    return query select * from ops.read_report(members, null, purpose);
end
$$;
comment on function marts.check_people(text[], text, text) is
    'The economic report of people who would be one household, now, for intake; who has not signed is not_authorised';
revoke all on function marts.check_people(text[], text, text) from public, hub_app, hub_analyst;
grant execute on function marts.check_people(text[], text, text) to hub_app;
