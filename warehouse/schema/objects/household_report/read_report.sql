-- Reads the report of the named members and writes down who did. Not for applications themselves: they call
-- marts.household_report_of and marts.check_people.
create or replace function ops.read_report(members jsonb, household text, purpose text)
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
revoke all on function ops.read_report(jsonb, text, text) from public, hub_app, hub_analyst;
