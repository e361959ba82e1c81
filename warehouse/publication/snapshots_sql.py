"""The statements that publish the marts nobody works on: rows come, change, are seen again and go.

As in ``publish_sql``: in the order they run, each named after what it counts.
"""

from __future__ import annotations

_HIT_CONTENT = (
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
    "facts_digest",
)
_HIT_SAME = (
    "("
    + ", ".join(f"h.{c}" for c in _HIT_CONTENT)
    + ") is not distinct from ("
    + ", ".join(f"n.{c}" for c in _HIT_CONTENT)
    + ")"
)

HITS = {
    "hits_new": """
        insert into marts.cross_check_hits (
            hit_id, check_id, check_name_zh, person_id, id_number, full_name, enrolment_id, benefit_type,
            region_code, sub_type, confidence, overlap_from, overlap_until, overpaid_months, overpaid_amount,
            first_seen_on, last_seen_on, is_current, evidence, facts_digest, publication_id)
        select
            n.hit_id, n.check_id, n.check_name_zh, n.person_id, n.id_number, n.full_name, n.enrolment_id,
            n.benefit_type, n.region_code, n.sub_type, n.confidence, n.overlap_from, n.overlap_until,
            n.overpaid_months, n.overpaid_amount, %(as_of)s, %(as_of)s, true, n.evidence, n.facts_digest,
            %(publication)s
        from new_hits as n
        where not exists (select 1 from marts.cross_check_hits as h where h.hit_id = n.hit_id)
        order by n.hit_id collate "C"
    """,
    "hits_changed": f"""
        update marts.cross_check_hits as h
        set {", ".join(f"{c} = n.{c}" for c in (*_HIT_CONTENT, "evidence"))}, is_current = true,
            last_seen_on = %(as_of)s, publication_id = %(publication)s
        from new_hits as n
        where n.hit_id = h.hit_id and not (h.is_current and {_HIT_SAME})
    """,
    "hits_seen": """
        update marts.cross_check_hits as h set last_seen_on = %(as_of)s
        from new_hits as n
        where n.hit_id = h.hit_id and h.last_seen_on <> %(as_of)s
    """,
    "hits_gone": """
        update marts.cross_check_hits as h set is_current = false, publication_id = %(publication)s
        where h.is_current and not exists (select 1 from new_hits as n where n.hit_id = h.hit_id)
    """,
}

_UNANSWERED_CONTENT = ("id_number", "full_name", "region_code", "benefit_types")
_UNANSWERED_SAME = (
    "("
    + ", ".join(f"u.{c}" for c in _UNANSWERED_CONTENT)
    + ") is not distinct from ("
    + ", ".join(f"n.{c}" for c in _UNANSWERED_CONTENT)
    + ")"
)
_UNANSWERED_KEY = "n.person_id = u.person_id and n.feed_id = u.feed_id"

UNANSWERED = {
    "unanswered_new": f"""
        insert into marts.unanswered (
            person_id, feed_id, id_number, full_name, region_code, benefit_types, first_seen_on, last_seen_on,
            publication_id)
        select
            n.person_id, n.feed_id, n.id_number, n.full_name, n.region_code, n.benefit_types, %(as_of)s,
            %(as_of)s,
            %(publication)s
        from new_unanswered as n
        where not exists (select 1 from marts.unanswered as u where {_UNANSWERED_KEY})
        order by n.person_id collate "C", n.feed_id collate "C"
    """,
    "unanswered_changed": f"""
        update marts.unanswered as u
        set {", ".join(f"{c} = n.{c}" for c in _UNANSWERED_CONTENT)}, is_current = true,
            last_seen_on = %(as_of)s, publication_id = %(publication)s
        from new_unanswered as n
        where {_UNANSWERED_KEY} and not (u.is_current and {_UNANSWERED_SAME})
    """,
    "unanswered_seen": f"""
        update marts.unanswered as u set last_seen_on = %(as_of)s
        from new_unanswered as n
        where {_UNANSWERED_KEY} and u.last_seen_on <> %(as_of)s
    """,
    "unanswered_gone": f"""
        update marts.unanswered as u set is_current = false, publication_id = %(publication)s
        where u.is_current and not exists (select 1 from new_unanswered as n where {_UNANSWERED_KEY})
    """,
}
