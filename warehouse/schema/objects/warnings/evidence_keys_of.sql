-- Lists the declarations about one rule. A warning about an overdue warning bears the evidence of any rule, so all
-- declarations hold for it.
create or replace function ops.evidence_keys_of(rule text) returns setof ops.evidence_keys
language sql stable
as $$
    select k.* from ops.evidence_keys as k where k.rule_id in ('*', rule) or rule = 'overdue_task'
$$;
comment on function ops.evidence_keys_of(text) is 'What of the evidence of a rule is no fact of its own';
revoke all on function ops.evidence_keys_of(text) from public, hub_app, hub_analyst;
