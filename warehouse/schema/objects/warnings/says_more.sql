-- Tells whether a number that counts only when it grows (ops.evidence_keys, counts = more) has grown.
create or replace function ops.says_more(rule text, evidence_before jsonb, evidence_now jsonb) returns boolean
language sql stable
as $$
    select coalesce(bool_or(n.total > coalesce(b.total, 0)), false)
    from ops.evidence_keys_of(rule) as k
    cross join lateral (
        select sum((e.value ->> k.key)::numeric) as total from jsonb_array_elements(evidence_now) as e
        where k.role in ('*', coalesce(e.value ->> 'role', ''))) as n
    cross join lateral (
        select sum((e.value ->> k.key)::numeric) as total from jsonb_array_elements(evidence_before) as e
        where k.role in ('*', coalesce(e.value ->> 'role', ''))) as b
    where k.counts = 'more'
$$;
comment on function ops.says_more(text, jsonb, jsonb) is
    'Whether a number of the evidence that counts when it grows has grown';
revoke all on function ops.says_more(text, jsonb, jsonb) from public, hub_app, hub_analyst;
