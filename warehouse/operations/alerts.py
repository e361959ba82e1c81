"""Keeps alerts: one per feed and condition, opened, updated and closed by what the ledger says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg2.extensions import cursor as Cursor

from connectors.catalogue.load import declarations
from connectors.catalogue.schedule import last_due
from connectors.masking import mask_text
from warehouse.errors import OperationRefused
from warehouse.settings import Settings
from warehouse.store import decisions
from warehouse.store.decisions import Decision

#: Stands for the publication, which is no feed, in the list of alerts.
HUB = "hub"
HUB_OWNER = "platform-desk"
_COLUMNS = (
    "a.alert_id, a.feed_id, a.condition, a.owner, a.message, a.opened_for, a.last_day, a.opened_at, "
    "a.closed_at, s.reason, s.until_day"
)
_FROM = "from ops.alerts as a left join ops.alert_suppressions as s on s.suppression_id = a.suppressed_by"


@dataclass(frozen=True)
class Alert:
    """An alert; ``feed_id`` may be ``hub``.

    ``suppressed`` says why nobody is told about it, until ``until``.
    """

    alert_id: int
    feed_id: str
    condition: str
    owner: str
    message: str
    opened_for: date
    last_day: date
    opened_at: datetime
    closed_at: datetime | None
    suppressed: str | None
    until: date | None


@dataclass(frozen=True)
class Change:
    """A change of an alert; ``what`` is opened, updated or closed."""

    what: str
    alert: Alert


def refresh(as_of: date, settings: Settings, feeds: Iterable[str] | None = None) -> list[Change]:
    """Brings the alerts in line with the ledger and returns what changed. A second call changes nothing.

    A day before the newest published one says nothing about now: that day is used instead. With ``feeds``
    only theirs are touched: in the middle of a day the others are not late yet.
    """
    declared = declarations()
    wanted = [*declared, HUB] if feeds is None else list(feeds)
    with decisions.transaction(settings, "hub alerts") as connection, connection.cursor() as cursor:
        cursor.execute("select greatest(max(as_of), %s) from marts.publications", (as_of,))
        day: date = (cursor.fetchone() or (as_of,))[0]
        named = json.dumps([_named(feed, declared, day) for feed in wanted])
        cursor.execute("select alert_id, change from ops.refresh_alerts(%s, %s)", (day, named))
        changes = dict(cursor.fetchall())
        found = _read(cursor, "where a.alert_id = any (%s)", list(changes))
        return [Change(changes[alert.alert_id], alert) for alert in found]


def named_feeds(day: date) -> list[dict[str, str | None]]:
    """Returns all feeds and the hub in the form that ``ops.conditions`` takes: feed_id, owner, due."""
    declared = declarations()
    return [_named(feed, declared, day) for feed in [*declared, HUB]]


def _named(feed: str, declared: Mapping[str, Mapping[str, Any]], day: date) -> dict[str, str | None]:
    if feed == HUB:
        return {"feed_id": HUB, "owner": HUB_OWNER, "due": None}
    declaration = declared[feed]
    due = last_due(declaration["schedule"], day).isoformat()
    return {"feed_id": feed, "owner": declaration["owner"], "due": due}


def open_alerts(settings: Settings) -> list[Alert]:
    """Returns the open alerts, the suppressed ones last."""
    with decisions.transaction(settings, "hub alerts") as connection, connection.cursor() as cursor:
        return read_open(cursor)


def read_open(cursor: Cursor) -> list[Alert]:
    """Reads the open alerts in the caller's transaction."""
    return _read(cursor, "where a.closed_at is null")


def _read(cursor: Cursor, condition: str, *values: object) -> list[Alert]:
    order = "order by s.reason is not null, a.condition, a.feed_id"
    cursor.execute(f"select {_COLUMNS} {_FROM} {condition} {order}", values)
    return [Alert(*row) for row in cursor.fetchall()]


def suppress(
    feed: str, condition: str | None, until: date, decision: Decision, settings: Settings
) -> list[Change]:
    """Tells nobody about these alerts up to ``until``; returns the changes for the open ones.

    The alerts go on: they open and close, and ``status`` shows them as suppressed. Raises
    ``OperationRefused`` for an unknown feed or a day in the past.
    """
    if feed != HUB and feed not in declarations():
        raise OperationRefused(f"no feed {feed!r}; 'make status' names those with alerts")
    if until < settings.as_of:
        raise OperationRefused(
            f"{until} is before the business day {settings.as_of}: it would suppress nothing"
        )
    with decisions.transaction(settings, "hub alerts") as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into ops.alert_suppressions (feed_id, condition, reason, suppressed_by, until_day) "
            "values (%s, %s, %s, %s, %s)",
            (feed, condition, mask_text(decision.reason), decision.by, until),
        )
    return refresh(settings.as_of, settings, [feed])
