-- Keeps ops.report_reads as a record (查询留痕): its rows are never changed or deleted.
create or replace function ops.keep_report_reads() returns trigger
language plpgsql
as $$
begin
    raise exception 'ops.report_reads is a record of who read what: rows are not changed or deleted';
end
$$;
revoke all on function ops.keep_report_reads() from public, hub_app, hub_analyst;

create or replace trigger keep_report_reads before update or delete on ops.report_reads
    for each statement execute function ops.keep_report_reads();
