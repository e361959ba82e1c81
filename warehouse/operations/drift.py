"""Drift reports, read: how deliveries differed from their declarations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from warehouse.operations import decisions
from warehouse.settings import Settings


@dataclass(frozen=True)
class Report:
    """``batch`` is None where the delivery was refused; ``codes`` are masked."""

    feed_id: str
    as_of: date
    verdict: str
    message: str
    next_step: str
    batch: str | None
    codes: list[dict[str, object]]


def reports(settings: Settings, feed: str | None = None, since: date | None = None) -> list[Report]:
    """Those that found something, the newest day first; of every feed and day unless said."""
    with decisions.transaction(settings, "hub drift") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select feed_id, as_of, verdict, message, next_step, batch_id::text, codes_unknown "
            "from ops.drift_reports where verdict <> 'none' and feed_id = coalesce(%s, feed_id) "
            "and as_of >= coalesce(%s, as_of) order by as_of desc, feed_id, report_id desc",
            (feed, since),
        )
        return [Report(*row) for row in cursor.fetchall()]
