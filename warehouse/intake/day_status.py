"""Reads from the ledger which feeds are loaded for a day, which are missing, and which feed completes the
day.

The ledger is the only record of what was loaded. Airflow's history is not: it can be cleared or lost without
changing a row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from connectors.catalogue.effort import AUTHORISATION
from connectors.catalogue.load import declarations
from connectors.catalogue.schedule import last_due
from warehouse.settings import Settings
from warehouse.store.connect import connect, rows

__all__ = [
    "AUTHORISATION",
    "claim_announcement",
    "held_days",
    "is_pending",
    "loaded_until",
    "missing_feeds",
    "pending_feeds",
    "reconciliations",
    "record_missing",
]


def loaded_until(as_of: date, settings: Settings) -> dict[str, date]:
    """Returns for each feed the newest loaded day up to ``as_of``.

    Feeds that were never loaded are left out.
    """
    query = (
        "select feed_id, max(as_of) from ops.feed_batches "
        "where status = 'loaded' and as_of <= %s group by feed_id"
    )
    return dict(rows(settings, query, (as_of,)))


def missing_feeds(as_of: date, settings: Settings, schedules: Mapping[str, str] | None = None) -> list[str]:
    """Returns the feeds that were not loaded since they were last due, up to ``as_of``; ``schedules`` are
    cron lines by feed id.
    """
    schedules = schedules or {feed_id: d["schedule"] for feed_id, d in declarations().items()}
    loaded = loaded_until(as_of, settings)
    return sorted(f for f, cron in schedules.items() if loaded.get(f, date.min) < last_due(cron, as_of))


def pending_feeds(as_of: date, settings: Settings) -> list[str]:
    """Returns the feeds without a loaded batch of exactly ``as_of``."""
    loaded = loaded_until(as_of, settings)
    return sorted(f for f in declarations() if loaded.get(f) != as_of)


def is_pending(feed_id: str, as_of: date, settings: Settings) -> bool:
    """Tells whether this feed has no loaded batch of exactly ``as_of``."""
    return loaded_until(as_of, settings).get(feed_id) != as_of


def claim_announcement(feed_id: str, as_of: date, settings: Settings) -> bool:
    """Tells whether this feed announces that the day is complete.

    Call it when the feed's own run is committed.

    Of feeds that ask at the same time exactly one gets True, whatever the clock or the order of commits.
    """
    connection = connect(settings, application="hub stack")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("lock table ops.announcements in share row exclusive mode")
            cursor.execute(
                "insert into ops.announcements (as_of, feed_id) select %(day)s, %(feed)s where not exists ("
                "select from ops.announcements as a where a.as_of = %(day)s and a.announced_at > ("
                "select max(r.finished_at) from ops.feed_runs as r where r.as_of = %(day)s "
                "and r.outcome in ('loaded', 'unchanged'))) returning announcement_id",
                {"day": as_of, "feed": feed_id},
            )
            return cursor.fetchone() is not None
    finally:
        connection.close()


def held_days(feed_id: str, days: list[date], settings: Settings) -> list[tuple[date, str]]:
    """Returns those of ``days`` whose newest delivery is held, each with the reason."""
    query = (
        "select as_of, held_reason from (select distinct on (as_of) as_of, status, held_reason "
        "from ops.feed_batches where feed_id = %s and as_of = any(%s) order by as_of, finished_at desc) as n "
        "where status = 'held' order by as_of"
    )
    return [(day, str(reason)) for day, reason in rows(settings, query, (feed_id, days))]


def reconciliations(feed_id: str, days: list[date], settings: Settings) -> list[tuple[Any, ...]]:
    """Returns the comparisons with the whole source that belong to the loaded batches of these days.

    Columns: table, keys at the source, rows missed, keys gone, note.
    """
    query = (
        "select r.table_name, r.keys_at_source, r.rows_missed, r.keys_gone, coalesce(r.note, '') "
        "from ops.reconciliations as r inner join ops.feed_batches as b on b.batch_id = r.batch_id "
        "where r.feed_id = %s and r.as_of = any(%s) and b.status = 'loaded' order by r.as_of, r.table_name"
    )
    return rows(settings, query, (feed_id, days))


def record_missing(feeds: list[str], as_of: date, settings: Settings) -> None:
    """Records in the ledger that a day was published without these feeds (outcome ``not_delivered``)."""
    statement = (
        "insert into ops.feed_runs (feed_id, as_of, outcome, message, started_at, finished_at) "
        "values (%s, %s, 'not_delivered', 'the day was built without it: not loaded since it was last due', "
        "now(), now())"
    )
    with connect(settings) as connection, connection.cursor() as cursor:
        cursor.executemany(statement, [(feed, as_of) for feed in feeds])
    connection.close()
