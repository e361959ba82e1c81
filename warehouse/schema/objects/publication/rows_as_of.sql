-- Returns the kept rows of a mart as of a publication, as JSON objects. Raises an error where the publication is not
-- kept.
create or replace function ops.rows_as_of(mart_name text, publication bigint, masked boolean) returns setof jsonb
language plpgsql stable
as $$
declare
    day date;
begin
    select p.as_of into day from marts.publications as p where p.publication_id = publication and p.is_kept;
    if day is null then
        raise exception 'publication % is not kept', publication
            using hint = 'select publication_id, as_of from marts.publications where is_kept',
                errcode = 'no_data_found';
    end if;
    if masked then
        return query
            select k.content || jsonb_build_object(
                'id_number', k.content -> 'id_number_masked', 'full_name', k.content -> 'full_name_masked',
                'evidence', k.content -> 'evidence_masked',
                'last_seen_on', case when k.is_seen then to_jsonb(day) else k.content -> 'last_seen_on' end)
            from marts.kept_rows as k
            where k.mart = mart_name and k.from_publication <= publication
                and (k.to_publication is null or k.to_publication > publication);
    else
        return query
            select k.content || k.identity || jsonb_build_object(
                'last_seen_on', case when k.is_seen then to_jsonb(day) else k.content -> 'last_seen_on' end)
            from marts.kept_rows as k
            where k.mart = mart_name and k.from_publication <= publication
                and (k.to_publication is null or k.to_publication > publication);
    end if;
end
$$;
comment on function ops.rows_as_of(text, bigint, boolean) is
    'The rows of a mart as they were when a publication was made; the functions of the marts call it';
revoke all on function ops.rows_as_of(text, bigint, boolean) from public, hub_app, hub_analyst;
grant execute on function ops.rows_as_of(text, bigint, boolean) to hub_app, hub_analyst;
