"""The statements of a publication, in the order they run. Set-based; each is named after what it counts.

They read two temporary tables of the transaction (``new_warnings``, ``new_hits``) that carry the
digest of the facts, and write ``marts``. ``%(as_of)s`` and ``%(publication)s`` are filled in.
"""

from __future__ import annotations

CANDIDATE_COLUMNS = {
    "warnings": (
        "warning_id",
        "rule_id",
        "rule_name_zh",
        "severity",
        "handler_level",
        "subject_type",
        "subject_id",
        "id_number",
        "full_name",
        "region_code",
        "sub_type",
        "confidence",
        "event_key",
        "due_on",
        "evidence",
        "as_of",
    ),
    "cross_check_hits": (
        "hit_id",
        "check_id",
        "check_name_zh",
        "person_id",
        "id_number",
        "full_name",
        "enrolment_id",
        "benefit_type",
        "region_code",
        "sub_type",
        "confidence",
        "overlap_from",
        "overlap_until",
        "overpaid_months",
        "overpaid_amount",
        "evidence",
        "as_of",
    ),
    "unanswered": ("person_id", "id_number", "full_name", "region_code", "feed_id", "benefit_types", "as_of"),
}

STAGE = {
    "new_warnings": """
        create temp table new_warnings on commit drop as
        select
            warning_id::text, rule_id::text, rule_name_zh::text, severity::text, handler_level::text,
            subject_type::text, subject_id::text, id_number::text, full_name::text, region_code::text,
            sub_type::text, confidence::text, event_key::text, due_on::date, evidence::jsonb,
            ops.evidence_facts(evidence::jsonb) as facts_digest
        from candidate.warnings
    """,
    "new_hits": """
        create temp table new_hits on commit drop as
        select
            hit_id::text, check_id::text, check_name_zh::text, person_id::text, id_number::text,
            full_name::text, enrolment_id::text, benefit_type::text, region_code::text,
            sub_type::text, confidence::text, overlap_from::date, overlap_until::date, overpaid_months::int,
            overpaid_amount::numeric(14, 2), evidence::jsonb,
            ops.evidence_facts(evidence::jsonb) as facts_digest
        from candidate.cross_check_hits
    """,
    "new_unanswered": """
        create temp table new_unanswered on commit drop as
        select
            person_id::text, feed_id::text, id_number::text, full_name::text, region_code::text,
            benefit_types::text
        from candidate.unanswered
    """,
    "analyse": "analyze new_warnings, new_hits, new_unanswered",
}

# where the rows were read (batch, row) may differ between two runs over the same content: digest the facts
DIGEST = """
    select md5(concat(
        (select md5(string_agg(md5((to_jsonb(w) - 'evidence')::text), '' order by w.warning_id collate "C"))
         from new_warnings as w), '|',
        (select md5(string_agg(md5((to_jsonb(h) - 'evidence')::text), '' order by h.hit_id collate "C"))
         from new_hits as h), '|',
        (select md5(string_agg(
            md5(to_jsonb(u)::text), '' order by u.person_id collate "C", u.feed_id collate "C"))
         from new_unanswered as u)
    ))
"""

_CONTENT = (
    "rule_name_zh",
    "severity",
    "handler_level",
    "id_number",
    "full_name",
    "region_code",
    "sub_type",
    "confidence",
    "facts_digest",
)
_SAME = (
    "("
    + ", ".join(f"w.{c}" for c in _CONTENT)
    + ") is not distinct from ("
    + ", ".join(f"n.{c}" for c in _CONTENT)
    + ")"
)
_SET_CONTENT = ", ".join(f"{c} = n.{c}" for c in (*_CONTENT, "evidence"))
#: Names of what differs; values would be personal.
_CHANGED_FIELDS = (
    "array_remove(array["
    + ", ".join(
        f"case when w.{c} is distinct from n.{c} then '{'evidence' if c == 'facts_digest' else c}' end"
        for c in _CONTENT
    )
    + "], null)"
)

#: A warning that became graver is due by the limit of its kind, from that day; a lighter one keeps its day.
_ORDER = "array['red', 'orange', 'yellow']"
_GRAVER = (
    f"(w.status in ('open', 'acknowledged', 'verifying') and "
    f"array_position({_ORDER}, n.severity) < array_position({_ORDER}, w.severity))"
)
#: What a person closed stays closed on the same evidence: of what kind, how sure, on which facts
#: (ops.evidence_keys). Where it lies, how grave the seeds call it and counters are no news.
_SAYS_NEWS = """(
    w.sub_type is distinct from n.sub_type
    or (n.confidence = 'confirmed' and w.confidence <> 'confirmed')
    or ops.deciding_facts(w.rule_id, w.evidence) <> ops.deciding_facts(n.rule_id, n.evidence)
    or ops.says_more(w.rule_id, w.evidence, n.evidence)
)"""

PAID_AGAIN = {
    "paid_again": "create temp table paid_again (warning_id text primary key) on commit drop",
}
#: Warnings closed because nothing more was to be paid, whose benefits were paid since.
FIND_PAID_AGAIN = {
    "found_paid_again": """
        insert into paid_again
        select distinct w.warning_id
        from marts.warnings as w
        inner join new_warnings as n on n.warning_id = w.warning_id
        cross join lateral (
            select e.details ->> 'outcome' as outcome from marts.warning_events as e
            where e.warning_id = w.warning_id and e.event_type = w.status
            order by e.event_seq desc limit 1) as ended
        inner join ops.warning_outcomes as o on o.outcome = ended.outcome and o.ends_payment
        cross join lateral jsonb_array_elements(n.evidence) as item
        inner join core.fct_payment as p
            on p.enrolment_id = item.value ->> 'enrolment_id'
            and p.result = 'paid' and p.amount > 0 and p.paid_on > w.resolved_on
        where w.status in ('resolved', 'dismissed')
    """,
}

DECIDED = {
    # what happens to each warning, decided once against the state before this publication
    "decided": f"""
        create temp table decided on commit drop as
        select
            coalesce(n.warning_id, w.warning_id) as warning_id,
            case
                when w.warning_id is null then 'opened'
                when n.warning_id is null
                    then case when w.status in ('open', 'acknowledged', 'verifying') then 'withdrawn' end
                when w.status = 'withdrawn' then 'reopened'
                when a.warning_id is not null then 'reopened'
                when {_SAME} then 'seen'
                when w.status in ('resolved', 'dismissed')
                    then case when {_SAYS_NEWS} then 'reopened' else 'seen' end
                else 'changed'
            end as step,
            case when n.warning_id is null or w.warning_id is null then '{{}}'::jsonb
                else jsonb_strip_nulls(jsonb_build_object(
                    'changed', case when not ({_SAME}) or a.warning_id is not null
                        then to_jsonb({_CHANGED_FIELDS} || case when a.warning_id is not null
                            then array['payment'] else '{{}}'::text[] end) end,
                    'severity_before', case when w.severity <> n.severity then w.severity end,
                    'due_before', case when {_GRAVER} then w.due_on end,
                    'due_on', case when {_GRAVER} then n.due_on end,
                    'status_before', case when w.status <> 'open' then w.status end))
            end as details
        from marts.warnings as w
        full join new_warnings as n on n.warning_id = w.warning_id
        left join paid_again as a on a.warning_id = w.warning_id
    """,
}

WARNINGS = {
    "warnings_opened": """
        insert into marts.warnings (
            warning_id, rule_id, rule_name_zh, severity, handler_level, subject_type, subject_id, id_number,
            full_name, region_code, sub_type, confidence, event_key, status, opened_on, last_seen_on, due_on,
            evidence, facts_digest, publication_id)
        select
            n.warning_id, n.rule_id, n.rule_name_zh, n.severity, n.handler_level, n.subject_type,
            n.subject_id, n.id_number, n.full_name, n.region_code, n.sub_type, n.confidence, n.event_key,
            'open', %(as_of)s, %(as_of)s, n.due_on, n.evidence, n.facts_digest, %(publication)s
        from new_warnings as n
        inner join decided as d on d.warning_id = n.warning_id
        where d.step = 'opened'
        order by n.warning_id collate "C"
    """,
    "warnings_seen": """
        update marts.warnings as w set last_seen_on = %(as_of)s
        from decided as d
        where d.warning_id = w.warning_id and d.step = 'seen' and w.last_seen_on <> %(as_of)s
    """,
    # due_on stays as it was when the warning opened, unless it became graver
    "warnings_changed": f"""
        update marts.warnings as w
        set {_SET_CONTENT}, due_on = case when {_GRAVER} then n.due_on else w.due_on end,
            last_seen_on = %(as_of)s, publication_id = %(publication)s
        from decided as d
        inner join new_warnings as n on n.warning_id = d.warning_id
        where w.warning_id = d.warning_id and d.step = 'changed'
    """,
    "warnings_reopened": f"""
        update marts.warnings as w
        set {_SET_CONTENT}, status = 'open', reopened_on = %(as_of)s, resolved_on = null, resolution = null,
            withdrawn_cause = null, due_on = n.due_on, last_seen_on = %(as_of)s,
            publication_id = %(publication)s
        from decided as d
        inner join new_warnings as n on n.warning_id = d.warning_id
        where w.warning_id = d.warning_id and d.step = 'reopened'
    """,
    # found_causes: warehouse.publication.withdrawal_causes
    "warnings_withdrawn": """
        update marts.warnings as w
        set status = 'withdrawn', resolved_on = %(as_of)s, publication_id = %(publication)s,
            withdrawn_cause = c.cause, resolution = c.resolution_zh
        from found_causes as f
        inner join ops.withdrawal_causes as c on c.cause = f.cause
        where w.warning_id = f.warning_id
    """,
    "events": """
        insert into marts.warning_events
            (event_type, warning_id, rule_id, region_code, as_of, publication_id, details)
        select d.step, w.warning_id, w.rule_id, w.region_code, %(as_of)s, %(publication)s,
            d.details || case when d.step = 'withdrawn' then jsonb_build_object('cause', w.withdrawn_cause)
                else '{}' end
        from decided as d
        inner join marts.warnings as w on w.warning_id = d.warning_id
        where d.step <> 'seen'
        order by w.warning_id collate "C"
    """,
}

COUNTS = """
    select rule_id, count(*)::int from marts.warnings
    where status in ('open', 'acknowledged', 'verifying') group by rule_id order by rule_id
"""
