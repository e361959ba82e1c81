"""What the tests of the source gate share: a gate over some feeds, and what it found."""

from __future__ import annotations

from datetime import date, timedelta

from expectations.checks import GateResult
from expectations.gate import check_feeds
from tests.expectations.city import (
    DAY,
    FEEDS,
    rows_of,
)
from warehouse.settings import Settings

NEXT = DAY + timedelta(days=1)


def gate(hub: Settings, *feed_ids: str, day: date = DAY) -> GateResult:
    return check_feeds(day, hub, catalogue={name: FEEDS[name] for name in feed_ids})


def found(result: GateResult) -> set[tuple[str, str, str | None, str]]:
    return {(f.feed_id, f.check, f.column, f.severity) for f in result.failures}


def spoil(hub: Settings, feed: str, assignment: str, rows: int, table: str = "") -> None:
    rows_of(hub, f"update raw.{feed}{table} set {assignment} where row_no <= %s", rows)


def status(hub: Settings, batch: str) -> str:
    return str(rows_of(hub, "select status from ops.feed_batches where batch_id = %s", batch)[0][0])
