"""Reads the quarantine: counts by feed and reason, and rows as far as they may be shown (masked)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import cursor as Cursor

from warehouse.settings import Settings
from warehouse.store import decisions

#: Rows that wait for a correction: of batches that count or are held, and not yet corrected.
_OPEN = """
    from ops.quarantine as q
    inner join ops.feed_batches as b using (batch_id)
    left join ops.quarantine_resolutions as r using (quarantine_id)
    where r.quarantine_id is null and b.status in ('loaded', 'held')
        and (%(feed)s::text is null or q.feed_id = %(feed)s)
        and (%(reason)s::text is null or q.reason_code = %(reason)s)
        and (%(since)s::date is null or b.as_of >= %(since)s)
"""


@dataclass(frozen=True)
class QuarantineFilter:
    """Selects rows: of one feed, for one reason, of batches from a day on; None means any."""

    feed: str | None = None
    reason: str | None = None
    since: date | None = None


@dataclass(frozen=True)
class ReasonCount:
    """How many rows of a feed are quarantined for one reason in one column."""

    feed_id: str
    reason: str
    column: str
    rows: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class QuarantinedRow:
    """A quarantined row. ``row_no`` counts from 1 in the table's landing file; ``payload`` is masked."""

    quarantine_id: int
    feed_id: str
    as_of: date
    batch_id: str
    table: str
    row_no: int
    column: str
    reason: str
    message: str
    payload: dict[str, object]
    landing_path: str | None


def counts(wanted: QuarantineFilter, settings: Settings) -> list[ReasonCount]:
    """Returns the numbers of quarantined rows by feed, reason and column, the most frequent first."""
    with decisions.transaction(settings, "hub quarantine") as connection, connection.cursor() as cursor:
        return read_counts(cursor, wanted)


def read_counts(cursor: Cursor, wanted: QuarantineFilter) -> list[ReasonCount]:
    """Reads the numbers of ``counts`` in the caller's transaction."""
    cursor.execute(
        f"select q.feed_id, q.reason_code, q.column_name, count(*), min(b.as_of), max(b.as_of) {_OPEN} "
        "group by q.feed_id, q.reason_code, q.column_name "
        "order by count(*) desc, q.feed_id, q.reason_code, q.column_name",
        vars(wanted),
    )
    return [ReasonCount(*row) for row in cursor.fetchall()]


def rows(wanted: QuarantineFilter, limit: int, settings: Settings) -> list[QuarantinedRow]:
    """Returns at most ``limit`` rows, in the order of their batches and positions."""
    with decisions.transaction(settings, "hub quarantine") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select q.quarantine_id, q.feed_id, b.as_of, q.batch_id::text, q.table_name, q.row_no, "
            f"q.column_name, q.reason_code, q.message, coalesce(q.payload, '{{}}'), b.landing_path {_OPEN} "
            "order by b.as_of desc, q.feed_id, q.batch_id, q.table_name, q.row_no limit %(limit)s",
            {**vars(wanted), "limit": limit},
        )
        return [QuarantinedRow(*row) for row in cursor.fetchall()]
