-- Digests the facts of an evidence that may open a closed warning again. ops.evidence_keys declares what is none.
create or replace function ops.deciding_facts(rule text, evidence jsonb) returns text
language sql stable
as $$
    with declared as materialized (select k.role, k.key from ops.evidence_keys_of(rule) as k),
    facts as (
        select distinct (e.value - array(
            select d.key from declared as d where d.role in ('*', coalesce(e.value ->> 'role', ''))
        ))::text as fact
        from jsonb_array_elements(case jsonb_typeof(evidence) when 'array' then evidence else '[]' end) as e
        where not exists (
            select 1 from declared as d where d.key = '*' and d.role in ('*', coalesce(e.value ->> 'role', '')))
    )
    select md5(coalesce(string_agg(f.fact, ',' order by f.fact collate "C"), '')) from facts as f
$$;
comment on function ops.deciding_facts(text, jsonb) is
    'Digest of the facts of an evidence: two that are equal say the same to whoever closed a warning on the first';
revoke all on function ops.deciding_facts(text, jsonb) from public, hub_app, hub_analyst;
