"""Publishes the warnings: what happens to each is decided once, then written, then told as an event."""

from __future__ import annotations

from warehouse.publication.contract import CLOSED_STATUSES, SEVERITIES, Mart, Role, has_status
from warehouse.publication.statements import lists
from warehouse.publication.statements.temporary import DECIDED, FOUND_CAUSES, PAID_AGAIN, make, new_rows

_GRAVITY = f"array{list(SEVERITIES)}"
#: A warning that became graver is due by the limit of its kind, from that day; a lighter one keeps its day.
_GRAVER = (
    "(ops.is_open(w.status) and "
    f"array_position({_GRAVITY}, n.severity) < array_position({_GRAVITY}, w.severity))"
)
#: What a person closed stays closed on the same evidence: of what kind, how sure, on which facts
#: (ops.evidence_keys). Where it lies, how grave the seeds call it and counters are no news.
_SAYS_NEWS = """(
    w.sub_type is distinct from n.sub_type
    or (n.confidence = 'confirmed' and w.confidence <> 'confirmed')
    or ops.deciding_facts(w.rule_id, w.evidence) <> ops.deciding_facts(n.rule_id, n.evidence)
    or ops.says_more(w.rule_id, w.evidence, n.evidence)
)"""

OPEN_BY_RULE = """
    select rule_id, count(*)::int from marts.warnings
    where ops.is_open(status) group by rule_id order by rule_id
"""

MAKE_PAID_AGAIN = f"create temp table {PAID_AGAIN} (warning_id text primary key) on commit drop"


def find_paid_again(mart: Mart) -> str:
    """Returns the statement that finds warnings closed because nothing more was to be paid, but more was.

    It reads ``core.fct_payment``, which is not there before the first build.
    """
    return f"""
        insert into {PAID_AGAIN}
        select distinct w.warning_id
        from marts.warnings as w
        inner join {new_rows(mart)} as n on n.warning_id = w.warning_id
        cross join lateral (
            select e.details ->> 'outcome' as outcome from marts.warning_events as e
            where e.warning_id = w.warning_id and e.event_type = w.status
            order by e.event_seq desc limit 1) as ended
        inner join ops.warning_outcomes as o on o.outcome = ended.outcome and o.ends_payment
        cross join lateral jsonb_array_elements(n.evidence) as item
        inner join core.fct_payment as p
            on p.enrolment_id = item.value ->> 'enrolment_id'
            and p.result = 'paid' and p.amount > 0 and p.paid_on > w.resolved_on
        where {has_status("w.status", CLOSED_STATUSES)}
    """


def decide(mart: Mart) -> dict[str, str]:
    """Returns the statement that makes ``decided``: the step of each warning, and the details of its event.

    ``step`` is opened, withdrawn, reopened, changed or seen; null where a warning had ended and stays ended.
    """
    same = lists.same("w", "n", mart.content)
    query = f"""
        select
            coalesce(n.warning_id, w.warning_id) as warning_id,
            case
                when w.warning_id is null then 'opened'
                when n.warning_id is null
                    then case when ops.is_open(w.status) then 'withdrawn' end
                when w.status = 'withdrawn' then 'reopened'
                when a.warning_id is not null then 'reopened'
                when {same} then 'seen'
                when {has_status("w.status", CLOSED_STATUSES)}
                    then case when {_SAYS_NEWS} then 'reopened' else 'seen' end
                else 'changed'
            end as step,
            case when n.warning_id is null or w.warning_id is null then '{{}}'::jsonb
                else jsonb_strip_nulls(jsonb_build_object(
                    'changed', case when not ({same}) or a.warning_id is not null
                        then to_jsonb({_changed_fields(mart)} || case when a.warning_id is not null
                            then array['payment'] else '{{}}'::text[] end) end,
                    'severity_before', case when w.severity <> n.severity then w.severity end,
                    'due_before', case when {_GRAVER} then w.due_on end,
                    'due_on', case when {_GRAVER} then n.due_on end,
                    'status_before', case when w.status <> 'open' then w.status end))
            end as details
        from marts.warnings as w
        full join {new_rows(mart)} as n on n.warning_id = w.warning_id
        left join {PAID_AGAIN} as a on a.warning_id = w.warning_id
    """
    return {"decided": make(DECIDED, query)}


def _changed_fields(mart: Mart) -> str:
    """Returns an array of the names of what differs; values would be personal."""
    names = [
        f"case when w.{c.name} is distinct from n.{c.name} then '{c.digest_of or c.name}' end"
        for c in mart.columns
        if c.role is Role.CONTENT
    ]
    return f"array_remove(array[{', '.join(names)}], null)"


def write(mart: Mart) -> dict[str, str]:
    """Returns the statements that write what was decided, and an event for each step; "seen" is none."""
    return {
        "warnings_opened": _open(mart),
        "warnings_seen": _see_again(),
        "warnings_changed": _change(mart),
        "warnings_reopened": _reopen(mart),
        "warnings_withdrawn": _withdraw(),
        "events": _tell(),
    }


def _open(mart: Mart) -> str:
    staged = [c.name for c in mart.staged]
    return f"""
        insert into marts.warnings (
            {", ".join(staged)},
            status, opened_on, last_seen_on, publication_id)
        select
            {lists.of("n", staged)},
            'open', %(as_of)s, %(as_of)s, %(publication)s
        from {new_rows(mart)} as n
        inner join {DECIDED} as d on d.warning_id = n.warning_id
        where d.step = 'opened'
        order by {lists.ordered("n", mart.key)}
    """


def _see_again() -> str:
    return f"""
        update marts.warnings as w set last_seen_on = %(as_of)s
        from {DECIDED} as d
        where d.warning_id = w.warning_id and d.step = 'seen' and w.last_seen_on <> %(as_of)s
    """


def _change(mart: Mart) -> str:
    # due_on stays as it was when the warning opened, unless it became graver
    return f"""
        update marts.warnings as w
        set {lists.assign(mart.rewritten, "n")},
            due_on = case when {_GRAVER} then n.due_on else w.due_on end,
            last_seen_on = %(as_of)s, publication_id = %(publication)s
        from {DECIDED} as d
        inner join {new_rows(mart)} as n on n.warning_id = d.warning_id
        where w.warning_id = d.warning_id and d.step = 'changed'
    """


def _reopen(mart: Mart) -> str:
    return f"""
        update marts.warnings as w
        set {lists.assign(mart.rewritten, "n")},
            status = 'open', reopened_on = %(as_of)s, resolved_on = null, resolution = null,
            withdrawn_cause = null, due_on = n.due_on, last_seen_on = %(as_of)s,
            publication_id = %(publication)s
        from {DECIDED} as d
        inner join {new_rows(mart)} as n on n.warning_id = d.warning_id
        where w.warning_id = d.warning_id and d.step = 'reopened'
    """


def _withdraw() -> str:
    return f"""
        update marts.warnings as w
        set status = 'withdrawn', resolved_on = %(as_of)s, publication_id = %(publication)s,
            withdrawn_cause = c.cause, resolution = c.resolution_zh
        from {FOUND_CAUSES} as f
        inner join ops.withdrawal_causes as c on c.cause = f.cause
        where w.warning_id = f.warning_id
    """


def _tell() -> str:
    return f"""
        insert into marts.warning_events
            (event_type, warning_id, rule_id, region_code, as_of, publication_id, details)
        select d.step, w.warning_id, w.rule_id, w.region_code, %(as_of)s, %(publication)s,
            d.details || case when d.step = 'withdrawn' then jsonb_build_object('cause', w.withdrawn_cause)
                else '{{}}' end
        from {DECIDED} as d
        inner join marts.warnings as w on w.warning_id = d.warning_id
        where d.step <> 'seen'
        order by w.warning_id collate "C"
    """
