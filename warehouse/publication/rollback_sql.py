"""The statements of a rollback, in the order they run. Set-based; each is named after what it counts.

They read the marts as of ``%(target)s`` and write what differs, as publication ``%(publication)s``. Only
columns the hub computes go back: ``status`` and what goes with it stay where a person has set them.
"""

from __future__ import annotations

STAGE = {
    "old_warnings": (
        "create temp table old_warnings on commit drop as select * from marts.warnings_as_of(%(target)s)"
    ),
    "old_hits": (
        "create temp table old_hits on commit drop as select * from marts.cross_check_hits_as_of(%(target)s)"
    ),
    "old_unanswered": (
        "create temp table old_unanswered on commit drop as select * from marts.unanswered_as_of(%(target)s)"
    ),
    "analyse": "analyze old_warnings, old_hits, old_unanswered",
}

_CONTENT = (
    "rule_name_zh",
    "severity",
    "handler_level",
    "id_number",
    "full_name",
    "region_code",
    "sub_type",
    "confidence",
    "evidence",
    "facts_digest",
    "due_on",
    "opened_on",
    "reopened_on",
)
_BY_A_PERSON = "('acknowledged', 'verifying', 'resolved', 'dismissed')"
_IN_WORK = "('open', 'acknowledged', 'verifying')"

WARNINGS = {
    # the status each warning will have, and whether that is a step of its life
    "decided": f"""
        create temp table decided on commit drop as
        select d.*,
            d.status_after = d.status and d.status in {_BY_A_PERSON} as keeps_resolution,
            case
                when d.status_after = d.status and not d.is_other then null
                when d.status_after = 'withdrawn' and d.status <> 'withdrawn' then 'withdrawn'
                when d.status = 'withdrawn' and d.status_after <> 'withdrawn' then 'reopened'
                else 'changed'
            end as step
        from (
            select w.warning_id, w.status, o.warning_id is null as is_younger,
                case
                    -- nothing to work on: as when a publication no longer finds the condition
                    when coalesce(o.status, 'withdrawn') = 'withdrawn'
                        then case when w.status in {_IN_WORK} then 'withdrawn' else w.status end
                    when w.status in {_BY_A_PERSON} then w.status
                    else o.status
                end as status_after,
                o.warning_id is not null and ({", ".join(f"w.{c}" for c in _CONTENT)})
                    is distinct from ({", ".join(f"o.{c}" for c in _CONTENT)}) as is_other
            from marts.warnings as w
            left join old_warnings as o on o.warning_id = w.warning_id
        ) as d
    """,
    "warnings_restored": f"""
        update marts.warnings as w
        set {", ".join(f"{c} = o.{c}" for c in _CONTENT)}, last_seen_on = o.last_seen_on,
            status = d.status_after,
            resolved_on = case when d.keeps_resolution then w.resolved_on else o.resolved_on end,
            resolution = case when d.keeps_resolution then w.resolution else o.resolution end,
            withdrawn_cause = case when d.keeps_resolution then w.withdrawn_cause else o.withdrawn_cause end,
            publication_id = case when d.step is null then w.publication_id else %(publication)s end
        from decided as d
        inner join old_warnings as o on o.warning_id = d.warning_id
        where w.warning_id = d.warning_id and not (d.step is null and w.last_seen_on = o.last_seen_on)
    """,
    # a warning somebody may have seen is never deleted
    "warnings_withdrawn": """
        update marts.warnings as w
        set status = 'withdrawn', resolved_on = %(as_of)s, publication_id = %(publication)s,
            withdrawn_cause = c.cause, resolution = c.resolution_zh
        from decided as d
        inner join ops.withdrawal_causes as c on c.cause = 'rolled_back'
        where w.warning_id = d.warning_id and d.is_younger and d.step = 'withdrawn'
    """,
    "events": """
        insert into marts.warning_events
            (event_type, warning_id, rule_id, region_code, as_of, publication_id, details)
        select d.step, w.warning_id, w.rule_id, w.region_code, %(as_of)s, %(publication)s,
            jsonb_build_object('rollback_to', %(target)s::bigint, 'status_before', d.status)
            || jsonb_strip_nulls(jsonb_build_object(
                'cause', case when d.step = 'withdrawn' then w.withdrawn_cause end))
        from decided as d
        inner join marts.warnings as w on w.warning_id = d.warning_id
        where d.step is not null
        order by w.warning_id collate "C"
    """,
}


def _restore(table: str, old: str, key: tuple[str, ...], content: tuple[str, ...]) -> dict[str, str]:
    """Rows of a mart nobody works on: as they were; those that are younger are no longer current."""
    same_key = " and ".join(f"o.{c} = t.{c}" for c in key)
    columns = (*content, "is_current", "first_seen_on", "last_seen_on")
    return {
        f"{table}_restored": f"""
            update marts.{table} as t
            set {", ".join(f"{c} = o.{c}" for c in columns)}, publication_id = %(publication)s
            from {old} as o
            where {same_key} and ({", ".join(f"t.{c}" for c in columns)})
                is distinct from ({", ".join(f"o.{c}" for c in columns)})
        """,
        f"{table}_gone": f"""
            update marts.{table} as t set is_current = false, publication_id = %(publication)s
            where t.is_current and not exists (select 1 from {old} as o where {same_key})
        """,
    }


HITS = _restore(
    "cross_check_hits",
    "old_hits",
    ("hit_id",),
    (
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
        "facts_digest",
    ),
)
UNANSWERED = _restore(
    "unanswered",
    "old_unanswered",
    ("person_id", "feed_id"),
    ("id_number", "full_name", "region_code", "benefit_types"),
)
