-- Keeps the marts as they are now under a publication, and lets go of publications beyond the number kept
-- (kept_publications in ops.settings). Part of the transaction that publishes. A row is kept once for as long as it
-- stays the same, not once per publication.
create or replace function ops.keep_publication(publication bigint) returns void
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
revoke all on function ops.keep_publication(bigint) from public, hub_app, hub_analyst;
