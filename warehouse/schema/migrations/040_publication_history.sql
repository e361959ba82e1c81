-- The last publications stay readable: marts.warnings_as_of(publication) and its like. A row is kept once for as
-- long as it stays the same, not once per publication.
create table ops.settings (
    name text primary key,
    value text not null,
    meaning text not null
);
comment on table ops.settings is 'What an operator may set in the database itself';
insert into ops.settings values
    ('kept_publications', '30', 'How many publications can be read as of, and rolled back to; at least 1');

alter table marts.publications
    add column is_kept boolean not null default false,
    add column rollback_to bigint references marts.publications (publication_id),
    add column decided_by text,
    add column reason text,
    add constraint a_rollback_says_who_and_why
        check (rollback_to is null or (btrim(decided_by) <> '' and btrim(reason) <> ''));
comment on column marts.publications.is_kept is 'Whether it can still be read as of, and rolled back to';
comment on column marts.publications.rollback_to is
    'Set where a person published again what an earlier publication had said; decided_by and reason say who and why';

create table marts.kept_rows (
    mart text not null check (mart in ('warnings', 'cross_check_hits', 'unanswered')),
    row_key text not null,
    region_code text,
    from_publication bigint not null references marts.publications (publication_id),
    -- the first one in which the row was another, or not there; null: as it is now
    to_publication bigint references marts.publications (publication_id),
    -- last_seen_on is the day of the publication asked for: most rows are seen every day and are no other for it
    is_seen boolean not null,
    content jsonb not null,
    identity jsonb not null,
    primary key (mart, row_key, from_publication)
);
create unique index kept_rows_now on marts.kept_rows (mart, row_key) where to_publication is null;
create index kept_rows_past on marts.kept_rows (to_publication) where to_publication is not null;
comment on table marts.kept_rows is 'Rows of the marts as they were published; read them with marts.warnings_as_of';
comment on column marts.kept_rows.identity is 'The columns analysts see masked only';

alter table marts.kept_rows enable row level security;
create policy own_region on marts.kept_rows for select
    using (region_code like any (array(select ops.region_patterns(current_user))));
grant select on marts.kept_rows to hub_app;
grant select (mart, row_key, region_code, from_publication, to_publication, is_seen, content)
    on marts.kept_rows to hub_analyst;

-- Keeps the marts as they are now under a publication, and lets go of publications beyond the number kept.
-- Part of the transaction that publishes.
create function ops.keep_publication(publication bigint) returns void
language plpgsql
as $$
declare
    day date;
    oldest bigint;
    mart record;
    rows_now text;
begin
    update marts.publications set is_kept = true where publication_id = publication returning as_of into strict day;
    for mart in
        select * from (values
            ('warnings', 't.warning_id',
                $k$jsonb_build_object('id_number', id_number, 'full_name', full_name, 'evidence', evidence)$k$),
            ('cross_check_hits', 't.hit_id',
                $k$jsonb_build_object('id_number', id_number, 'full_name', full_name, 'evidence', evidence)$k$),
            ('unanswered', 'jsonb_build_array(t.person_id, t.feed_id)::text',
                $k$jsonb_build_object('id_number', id_number, 'full_name', full_name)$k$)
        ) as m (name, key, identity)
    loop
        rows_now := format($sql$
            select %1$s as row_key, t.region_code, t.last_seen_on = %3$L::date as is_seen,
                to_jsonb(t) - case when t.last_seen_on = %3$L::date
                    then '{id_number,full_name,evidence,last_seen_on}'::text[]
                    else '{id_number,full_name,evidence}'::text[] end as content,
                %2$s as identity
            from marts.%4$I as t
        $sql$, mart.key, mart.identity, day, mart.name);
        execute format($sql$
            update marts.kept_rows as k set to_publication = $1
            where k.mart = $2 and k.to_publication is null and not exists (
                select 1 from (%s) as n
                where n.row_key = k.row_key and n.is_seen = k.is_seen and n.content = k.content
                    and n.identity = k.identity)
        $sql$, rows_now) using publication, mart.name;
        execute format($sql$
            insert into marts.kept_rows (mart, row_key, region_code, from_publication, is_seen, content, identity)
            select $2, n.row_key, n.region_code, $1, n.is_seen, n.content, n.identity
            from (%s) as n
            where not exists (select 1 from marts.kept_rows as k
                where k.mart = $2 and k.row_key = n.row_key and k.to_publication is null)
        $sql$, rows_now) using publication, mart.name;
    end loop;

    select min(p.publication_id) into oldest from (
        select k.publication_id from marts.publications as k where k.is_kept
        order by k.publication_id desc
        limit (select greatest(s.value::int, 1) from ops.settings as s where s.name = 'kept_publications')
    ) as p;
    update marts.publications set is_kept = false where is_kept and publication_id < oldest;
    delete from marts.kept_rows where to_publication <= oldest;
end
$$;
revoke all on function ops.keep_publication(bigint) from public;

-- The kept rows of a mart as of a publication, as JSON objects. Raises where the publication is not kept.
create function ops.rows_as_of(mart_name text, publication bigint, masked boolean) returns setof jsonb
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
revoke all on function ops.rows_as_of(text, bigint, boolean) from public;
grant execute on function ops.rows_as_of(text, bigint, boolean) to hub_app, hub_analyst;

do $do$
declare
    mart text;
begin
    foreach mart in array array['warnings', 'cross_check_hits', 'unanswered'] loop
        execute format($sql$
            create function marts.%1$I(publication bigint) returns setof marts.%2$I
            language sql stable
            as $body$
                select r.* from ops.rows_as_of(%2$L, publication, false) as found,
                    jsonb_populate_record(null::marts.%2$I, found) as r
            $body$
        $sql$, mart || '_as_of', mart);
        execute format('comment on function marts.%I(bigint) is %L', mart || '_as_of',
            'marts.' || mart || ' as it was when this publication was made');
        execute format($sql$
            create function marts.%1$I(publication bigint) returns setof marts.%2$I
            language sql stable
            as $body$
                select r.* from ops.rows_as_of(%3$L, publication, true) as found,
                    jsonb_populate_record(null::marts.%2$I, found) as r
            $body$
        $sql$, mart || '_masked_as_of', mart || '_masked', mart);
        execute format('comment on function marts.%I(bigint) is %L', mart || '_masked_as_of',
            'marts.' || mart || '_masked as it was when this publication was made');
    end loop;
end
$do$;

-- a hub that has published already: its present state is what its last publication says
select ops.keep_publication(max(publication_id)) from marts.publications having max(publication_id) is not null;
