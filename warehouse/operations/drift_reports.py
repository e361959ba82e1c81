"""Reports how deliveries differed from their declarations, what could not be read of them, and what was
noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from warehouse.settings import Settings
from warehouse.store import decisions


@dataclass(frozen=True)
class Report:
    """One drift report. ``batch`` is None where the delivery was rejected; ``codes`` are masked."""

    feed_id: str
    as_of: date
    verdict: str
    message: str
    next_step: str
    batch: str | None
    codes: list[dict[str, object]]


def reports(settings: Settings, feed: str | None = None, since: date | None = None) -> list[Report]:
    """Returns the reports that found something, the newest day first; of all feeds and days by default."""
    with decisions.transaction(settings, "hub drift") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select feed_id, as_of, verdict, message, next_step, batch_id::text, codes_unknown "
            "from ops.drift_reports where verdict <> 'none' and feed_id = coalesce(%s, feed_id) "
            "and as_of >= coalesce(%s, as_of) order by as_of desc, feed_id, report_id desc",
            (feed, since),
        )
        return [Report(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Notice:
    """A remark about a batch that is loaded or held."""

    feed_id: str
    as_of: date
    message: str


def notices(settings: Settings, feed: str | None = None, since: date | None = None) -> list[Notice]:
    """Returns the values that became null, by column, and the loader's notes; the newest day first."""
    with decisions.transaction(settings, "hub drift") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select b.feed_id, b.as_of, t.message from ("
            "select u.batch_id, format('%%s.%%s: %%s of %%s values could not be read and are null', "
            "u.table_name, u.column_name, u.rows_unread, u.rows_filled) as message "
            "from ops.unread_values as u "
            "union all select n.batch_id, n.message from ops.delivery_notes as n) as t "
            "inner join ops.feed_batches as b using (batch_id) where b.status in ('loaded', 'held') "
            "and b.feed_id = coalesce(%s, b.feed_id) and b.as_of >= coalesce(%s, b.as_of) "
            "order by b.as_of desc, b.feed_id, t.message",
            (feed, since),
        )
        return [Notice(*row) for row in cursor.fetchall()]
