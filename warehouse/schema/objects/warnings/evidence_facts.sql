-- Digests what a warning rests on, without where it was read: a daily snapshot says the same under a new batch and
-- row each day, and that is no change.
create or replace function ops.evidence_facts(evidence jsonb) returns text
language sql immutable parallel safe
as $$
    select md5(coalesce(string_agg(f.fact, ',' order by f.fact collate "C"), ''))
    from (
        select (e.value - 'batch_id' - 'row_no')::text as fact
        from jsonb_array_elements(case jsonb_typeof(evidence) when 'array' then evidence else '[]' end) as e
    ) as f
$$;
revoke all on function ops.evidence_facts(jsonb) from public, hub_app, hub_analyst;
