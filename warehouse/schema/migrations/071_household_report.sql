-- The household economic report for applications: the mart of the day, and answers for one household or a few
-- people now. Nothing is told of people who have not signed, of those outside the caller's area, or for no reason.
create table ops.report_reads (
    read_id bigint generated always as identity primary key,
    read_at timestamptz not null default clock_timestamp(),
    reader name not null,
    purpose text not null check (btrim(purpose) <> ''),
    household_id text,
    person_ids text[] not null,
    lines integer not null
);
create index report_reads_at on ops.report_reads (read_at);
comment on table ops.report_reads is 'Who read a report about whom and why; appended to, never changed (查询留痕)';
comment on column ops.report_reads.person_ids is 'Keys of the people (core.person_key), never their numbers';

create function ops.keep_report_reads() returns trigger
language plpgsql
as $$
begin
    raise exception 'ops.report_reads is a record of who read what: rows are not changed or deleted';
end
$$;
create trigger keep_report_reads before update or delete on ops.report_reads
    for each statement execute function ops.keep_report_reads();

insert into ops.settings (name, value, meaning)
values ('report_most_people', '50', 'how many people may be asked about at once in marts.check_people')
on conflict (name) do nothing;

-- The role whose rights a call was made with, also inside a function that runs with its owner's.
create function ops.reader() returns name
language sql stable
as $$
    select coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$$;

create type ops.report_line as (
    household_id text, id_number text, full_name text, rank integer, feed_id text, source_zh text, item text,
    item_zh text, value text, amount numeric, fact_date date, replied_on date, threshold numeric, result text,
    names_agree boolean, batch_id text, row_no bigint
);
comment on type ops.report_line is 'A line of the household economic report, as core.report_lines gives it';

-- Reads for the named members and writes down who did. Not for applications themselves.
create function ops.read_report(members jsonb, household text, purpose text)
returns setof ops.report_line
language plpgsql volatile
as $$
declare
    counted integer;
begin
    if btrim(coalesce(read_report.purpose, '')) = '' then
        raise exception 'a report is read for a purpose: say which' using errcode = 'invalid_parameter_value',
            hint = 'the number of the case or the reason, as it is to stand in ops.report_reads';
    end if;
    begin
        return query select l.* from core.report_lines(read_report.members) as l order by l.rank, l.id_number, l.row_no;
    exception when undefined_function or undefined_table then
        raise exception 'nothing has been built yet' using errcode = 'object_not_in_prerequisite_state',
            hint = 'make run';
    end;
    get diagnostics counted = row_count;
    insert into ops.report_reads (reader, purpose, household_id, person_ids, lines)
    select ops.reader(), read_report.purpose, read_report.household,
        array(select core.person_key(m ->> 'id_number') from jsonb_array_elements(read_report.members) as m), counted;
end
$$;

-- Members a reader may ask about, with what each has signed for.
create function ops.report_members(household text, people text[])
returns table (
    household_id text, id_number text, full_name text, scope text, benefit_type text, standard_class text
)
language plpgsql stable
as $$
declare
    patterns text[] := array(select ops.region_patterns(ops.reader()));
begin
    return query execute '
        select m.household_id, m.id_number, m.full_name, m.scope, m.benefit_type, m.standard_class
        from core.dim_report_member as m
        where (m.household_id = $1 or m.id_number = any($2))
            and (m.region_code like any($3) or (m.region_code is null and ''2101%'' = any($3)))'
    using household, people, patterns;
end
$$;

create function marts.household_report_of(household text, purpose text)
returns setof ops.report_line
language plpgsql volatile security definer
set search_path = pg_catalog
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

create function marts.check_people(id_numbers text[], purpose text, standard_class text default 'urban')
returns setof ops.report_line
language plpgsql volatile security definer
set search_path = pg_catalog
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

-- The mart: families whose check is due on the published day.
create function ops.household_report_rows()
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, value text, amount numeric, fact_date date,
    replied_on date, threshold numeric, result text, names_agree boolean, batch_id text, row_no bigint, as_of date
)
language plpgsql stable security definer
set search_path = pg_catalog
as $$
begin
    return query execute '
        select r.household_id, r.region_code, r.benefit_type, r.id_number, r.full_name, r.rank, r.feed_id,
            r.source_zh, r.item, r.item_zh, r.value, r.amount, r.fact_date, r.replied_on, r.threshold, r.result,
            r.names_agree, r.batch_id, r.row_no, r.as_of
        from core.fct_household_report as r
        where r.region_code like any($1)'
    using array(select ops.region_patterns(ops.reader()));
end
$$;

create view marts.household_report as select * from ops.household_report_rows();
comment on view marts.household_report is
    'Economic report of every family whose check is due, a line per member and source (家庭经济状况核对报告)';

-- Amounts stay with the verification centre: for statistics the result is enough. A function of its own, since
-- whoever reads a view needs the right to call what it calls.
create function ops.household_report_masked_rows()
returns table (
    household_id text, region_code text, benefit_type text, id_number text, full_name text, rank integer,
    feed_id text, source_zh text, item text, item_zh text, replied_on date, threshold numeric, result text,
    names_agree boolean, as_of date
)
language sql stable security definer
set search_path = pg_catalog
as $$
    select
        r.household_id, r.region_code, r.benefit_type, ops.mask_id(r.id_number), ops.mask_name(r.full_name), r.rank,
        r.feed_id, r.source_zh, r.item, r.item_zh, r.replied_on, r.threshold, r.result, r.names_agree, r.as_of
    from ops.household_report_rows() as r
$$;

create view marts.household_report_masked as select * from ops.household_report_masked_rows();
comment on view marts.household_report_masked is 'The same without names, numbers and amounts';

revoke all on function ops.reader(), ops.read_report(jsonb, text, text), ops.report_members(text, text[]),
    ops.household_report_rows(), ops.household_report_masked_rows(), marts.household_report_of(text, text),
    marts.check_people(text[], text, text) from public;
grant execute on function ops.reader() to hub_app, hub_analyst;
grant execute on function marts.household_report_of(text, text), marts.check_people(text[], text, text) to hub_app;
grant execute on function ops.household_report_rows() to hub_app;
grant execute on function ops.household_report_masked_rows() to hub_app, hub_analyst;
grant select on marts.household_report, marts.household_report_masked to hub_app;
grant select on marts.household_report_masked to hub_analyst;
