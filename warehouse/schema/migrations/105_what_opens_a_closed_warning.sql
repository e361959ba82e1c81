-- What opens again a warning that a person closed: facts, never counters, dates of reply or the hub's own figures. Rules
-- are compared by what is declared here, the evidence as it was when the warning was closed with the evidence of today,
-- both with the declaration of today: to declare another key opens nothing.
create table ops.evidence_keys (
    rule_id text not null,
    role text not null,
    key text not null,
    counts text not null check (counts in ('never', 'more')),
    why text not null check (btrim(why) <> ''),
    primary key (rule_id, role, key)
);
comment on table ops.evidence_keys is
    'Fields of the evidence that are no facts of their own: all others open a closed warning when they change (证据中不单独构成新事实的字段)';
comment on column ops.evidence_keys.rule_id is 'The rule; * for every rule';
comment on column ops.evidence_keys.role is 'The role of the piece of evidence; * for every role';
comment on column ops.evidence_keys.key is 'The field; * for the whole piece';
comment on column ops.evidence_keys.counts is
    'never: changes nothing for a closed warning; more: opens it only where the sum over the evidence is larger than before';

insert into ops.evidence_keys values
    ('*', '*', 'batch_id', 'never', 'where it was read'),
    ('*', '*', 'row_no', 'never', 'where it was read'),
    ('*', '*', 'stop_date', 'never', 'what closing a warning leads to: a payment after that is asked for by itself'),
    ('*', '*', 'overpaid_months', 'never', 'grows by itself each month the benefit runs'),
    ('*', '*', 'overpaid_amount', 'never', 'grows by itself each month the benefit runs'),
    ('*', '*', 'overlap_until', 'never', 'moves with the end of the benefit'),
    ('death', 'link', 'match_weight', 'never', 'a figure of the hub: moves with its weights'),
    ('death', 'link', 'match_probability', 'never', 'a figure of the hub: moves with its weights'),
    ('death', 'link', 'ahead_by', 'never', 'a figure of the hub: moves with who else is on a benefit'),
    ('death', 'link', 'weight_prior', 'never', 'a figure of the hub: moves with its weights'),
    ('death', 'link', 'weight_full_name', 'never', 'a figure of the hub: moves with its weights'),
    ('death', 'link', 'weight_birth_date', 'never', 'a figure of the hub: moves with its weights'),
    ('death', 'link', 'weight_sex', 'never', 'a figure of the hub: moves with its weights'),
    ('death', 'link', 'weight_region_code', 'never', 'a figure of the hub: moves with its weights'),
    ('financial_asset', '*', 'known_on', 'never', 'the date of the reply'),
    ('financial_asset', '*', 'standard', 'never', 'a rate of the hub: rises on a day for everybody'),
    ('financial_asset', '*', 'allowed', 'never', 'a limit of the hub: rises with the standard'),
    ('provident_fund', '*', 'last_deposit_month', 'never', 'moves each month with the same deposit'),
    ('provident_fund', '*', 'minimum_wage', 'never', 'a limit of the hub'),
    ('income_change', '*', 'known_until', 'never', 'the date of a review: the income is the same'),
    ('marriage_change', '*', 'known_until', 'never', 'the date of a review: the event is the same'),
    ('vehicle', '*', 'last_review_on', 'never', 'the date of a review: the vehicle is the same'),
    ('real_estate', '*', 'owner_share', 'never', 'part of family_share, which counts'),
    ('funeral_subsidy', '*', 'ceiling', 'never', 'a limit of the hub'),
    ('payment_anomaly', '*', 'total', 'never', 'a sum of the hub over a street: moves with each payment'),
    ('payment_anomaly', '*', 'total_before', 'never', 'a sum of the hub over a street: moves with each payment'),
    ('payment_anomaly', '*', 'cases_paid', 'never', 'a count of the hub over a street: moves with each payment'),
    ('payment_anomaly', '*', 'cases_before', 'never', 'a count of the hub over a street: moves with each payment'),
    ('payment_anomaly', '*', 'uplift_percent', 'never', 'part of due_amount, which counts'),
    ('payment_anomaly', '*', 'due_uplift_percent', 'never', 'part of due_amount, which counts'),
    ('payment_anomaly', '*', 'care_amount', 'never', 'part of due_amount, which counts'),
    ('payment_anomaly', '*', 'due_care_amount', 'never', 'part of due_amount, which counts'),
    ('payment_anomaly', '*', 'findings', 'never', 'follows from the sums and the payments, which count'),
    ('payment_anomaly', '*', 'family_due', 'never', 'the sum of due_amount, which counts'),
    ('payment_anomaly', '*', 'family_paid', 'never', 'the sum of paid_amount, which counts'),
    ('elder_occupancy', '*', 'stay_id', 'never', 'names the stay, which the event names as well'),
    ('elder_occupancy', 'resident', '*', 'never', 'people come and go: how many there are counts'),
    ('elder_occupancy', '*', 'residents', 'more', 'fewer people in too few beds is nothing new');
grant select on ops.evidence_keys to hub_app, hub_analyst;

-- The declarations about one rule. A warning about an overdue warning bears the evidence of whatever rule that has.
create function ops.evidence_keys_of(rule text) returns setof ops.evidence_keys
language sql stable
as $$
    select k.* from ops.evidence_keys as k where k.rule_id in ('*', rule) or rule = 'overdue_task'
$$;
comment on function ops.evidence_keys_of(text) is 'What of the evidence of a rule is no fact of its own';

create function ops.deciding_facts(rule text, evidence jsonb) returns text
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

create function ops.says_more(rule text, evidence_before jsonb, evidence_now jsonb) returns boolean
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

-- Whether a further payment opens a warning again: only after an end by which there was to be none.
alter table ops.warning_outcomes add column ends_payment boolean not null default false;
comment on column ops.warning_outcomes.ends_payment is
    'After this end nothing more is to be paid: a later payment opens the warning again (办结后再发放则重新打开)';
update ops.warning_outcomes set ends_payment = true where outcome in ('benefit_stopped', 'left_programme');

revoke all on function ops.evidence_keys_of(text), ops.deciding_facts(text, jsonb), ops.says_more(text, jsonb, jsonb)
    from public;
