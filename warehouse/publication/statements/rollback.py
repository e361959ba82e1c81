"""Publishes an earlier publication again: reads the marts as of ``%(target)s`` and writes what differs.

Only columns the hub computes go back. ``status`` and what goes with it stay where a person has set them.
"""

from __future__ import annotations

from warehouse.publication.contract import (
    STATUSES_SET_BY_A_PERSON,
    Contract,
    Mart,
    has_status,
)
from warehouse.publication.statements import lists
from warehouse.publication.statements.temporary import DECIDED, analyse, make, old_rows


def stage(contract: Contract) -> dict[str, str]:
    """Returns the statements that make ``old_<mart>``: the rows as the target had them."""
    made = {
        old_rows(mart): make(old_rows(mart), f"select * from marts.{mart.name}_as_of(%(target)s)")
        for mart in contract.marts
    }
    return {**made, "analyse": analyse(made)}


def write_warnings(mart: Mart) -> dict[str, str]:
    """Returns the statements that restore the warnings, withdraw the younger ones, and tell each step."""
    return {
        "decided": make(DECIDED, _what_happens(mart)),
        "warnings_restored": _restore_warnings(mart),
        "warnings_withdrawn": _withdraw_younger(),
        "events": _tell(),
    }


def _what_happens(mart: Mart) -> str:
    """Returns the query for the status each warning will have, and whether that is a step of its life."""
    return f"""
        select d.*,
            d.status_after = d.status and {has_status("d.status", STATUSES_SET_BY_A_PERSON)}
                as keeps_resolution,
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
                        then case when ops.is_open(w.status) then 'withdrawn' else w.status end
                    when {has_status("w.status", STATUSES_SET_BY_A_PERSON)} then w.status
                    else o.status
                end as status_after,
                o.warning_id is not null and {lists.other("w", "o", mart.restored)} as is_other
            from marts.warnings as w
            left join {old_rows(mart)} as o on o.warning_id = w.warning_id
        ) as d
    """


def _restore_warnings(mart: Mart) -> str:
    return f"""
        update marts.warnings as w
        set {lists.assign(mart.restored, "o")}, last_seen_on = o.last_seen_on,
            status = d.status_after,
            resolved_on = case when d.keeps_resolution then w.resolved_on else o.resolved_on end,
            resolution = case when d.keeps_resolution then w.resolution else o.resolution end,
            withdrawn_cause = case when d.keeps_resolution then w.withdrawn_cause else o.withdrawn_cause end,
            publication_id = case when d.step is null then w.publication_id else %(publication)s end
        from {DECIDED} as d
        inner join {old_rows(mart)} as o on o.warning_id = d.warning_id
        where w.warning_id = d.warning_id and not (d.step is null and w.last_seen_on = o.last_seen_on)
    """


def _withdraw_younger() -> str:
    # a warning somebody may have seen is never deleted
    return f"""
        update marts.warnings as w
        set status = 'withdrawn', resolved_on = %(as_of)s, publication_id = %(publication)s,
            withdrawn_cause = c.cause, resolution = c.resolution_zh
        from {DECIDED} as d
        inner join ops.withdrawal_causes as c on c.cause = 'rolled_back'
        where w.warning_id = d.warning_id and d.is_younger and d.step = 'withdrawn'
    """


def _tell() -> str:
    return f"""
        insert into marts.warning_events
            (event_type, warning_id, rule_id, region_code, as_of, publication_id, details)
        select d.step, w.warning_id, w.rule_id, w.region_code, %(as_of)s, %(publication)s,
            jsonb_build_object('rollback_to', %(target)s::bigint, 'status_before', d.status)
            || jsonb_strip_nulls(jsonb_build_object(
                'cause', case when d.step = 'withdrawn' then w.withdrawn_cause end))
        from {DECIDED} as d
        inner join marts.warnings as w on w.warning_id = d.warning_id
        where d.step is not null
        order by w.warning_id collate "C"
    """


def write_snapshot(mart: Mart) -> dict[str, str]:
    """Returns the statements that restore a snapshot; rows that are younger are no longer current."""
    same_key = lists.equal("o", "t", mart.key)
    columns = (*mart.restored, "last_seen_on")
    return {
        f"{mart.name}_restored": f"""
            update marts.{mart.name} as t
            set {lists.assign(columns, "o")}, publication_id = %(publication)s
            from {old_rows(mart)} as o
            where {same_key} and {lists.other("t", "o", columns)}
        """,
        f"{mart.name}_gone": f"""
            update marts.{mart.name} as t set is_current = false, publication_id = %(publication)s
            where t.is_current and not exists (select 1 from {old_rows(mart)} as o where {same_key})
        """,
    }
