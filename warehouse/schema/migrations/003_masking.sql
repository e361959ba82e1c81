-- The masks analysts see. Immutable: they are stored beside the values they hide.
create function ops.mask_id(id text) returns text
language sql immutable strict parallel safe
as $$
    select case when length(id) < 12 then repeat('*', length(id))
        else left(id, 6) || repeat('*', length(id) - 10) || right(id, 4) end
$$;

create function ops.mask_name(full_name text) returns text
language sql immutable strict parallel safe
as $$
    select left(full_name, 1) || repeat('*', greatest(length(full_name) - 1, 0))
$$;

create function ops.mask_value(key text, value jsonb) returns jsonb
language sql immutable parallel safe
as $$
    select case
        when jsonb_typeof(value) = 'object' then
            (select coalesce(jsonb_object_agg(e.key, ops.mask_value(e.key, e.value)), '{}')
             from jsonb_each(value) as e)
        when jsonb_typeof(value) = 'array' then
            (select coalesce(jsonb_agg(ops.mask_value(mask_value.key, e.value)), '[]')
             from jsonb_array_elements(value) as e)
        when jsonb_typeof(value) <> 'string' then value
        when key like '%name%' then to_jsonb(ops.mask_name(value #>> '{}'))
        when key like '%address%' then to_jsonb('***'::text)
        when key in ('batch_id', 'feed_id', 'uscc') then value
        else to_jsonb(regexp_replace(value #>> '{}', '([0-9]{6})[0-9]{5,8}([0-9]{3}[0-9Xx])', '\1********\2', 'g'))
    end
$$;

create function ops.mask_evidence(evidence jsonb) returns jsonb
language sql immutable strict parallel safe
as $$
    select ops.mask_value('', evidence)
$$;

-- What a warning rests on, without where it was read: a daily snapshot says the same under a new
-- batch and row each day, and that is no change.
create function ops.evidence_facts(evidence jsonb) returns text
language sql immutable parallel safe
as $$
    select md5(coalesce(string_agg(f.fact, ',' order by f.fact collate "C"), ''))
    from (
        select (e.value - 'batch_id' - 'row_no')::text as fact
        from jsonb_array_elements(case jsonb_typeof(evidence) when 'array' then evidence else '[]' end) as e
    ) as f
$$;
