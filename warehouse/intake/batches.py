"""Reads and writes ``ops.feed_batches`` and ``ops.feed_runs``: what was loaded, for which period, and every
attempt.

No function here commits except ``record_run``: an attempt is recorded even if it failed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed
from connectors.delivery import Delivery, Window
from warehouse.store import locks

#: Batches are named in this space: the same feed, period and content give the same id on every machine.
NAMESPACE = uuid.UUID("6f0c6d5e-2f0b-5d0e-9d6c-5a1d5b1f7c11")


@dataclass(frozen=True)
class Batch:
    """The ledger's row of one batch, as far as the loader needs it: its status and row counts."""

    batch_id: uuid.UUID
    status: str
    received: int
    loaded: int
    duplicate: int
    quarantined: int


@dataclass(frozen=True)
class BatchRow:
    """Identity and origin of a batch (``ops.feed_batches``), without what became of its rows."""

    batch_id: uuid.UUID
    feed_id: str
    as_of: date
    status: str
    received: int
    content_sha256: str
    landing_path: str | None
    request_id: str | None


def batch_id(feed_id: str, as_of: date, sha256: str) -> uuid.UUID:
    """Returns the id of a batch: the same feed, day and content digest give the same id on every machine."""
    return uuid.uuid5(NAMESPACE, f"{feed_id}|{as_of.isoformat()}|{sha256}")


def lock_feed(cursor: Cursor, feed_id: str) -> None:
    """Waits until no other loader works on this feed; the lock ends with the connection.

    Raises ``LockBusy`` after the connection's ``lock_timeout``.
    """
    locks.hold(
        cursor, locks.feed_lock(feed_id), f"another load, replay or correction is at work on {feed_id}"
    )


def begin_attempt(cursor: Cursor, feed_id: str, as_of: date, started: datetime) -> None:
    """Records that an attempt began. The caller holds the feed's lock.

    An attempt that is still open then ended in a crash: it gets its row in ``ops.feed_runs`` now, with
    outcome ``died``.
    """
    cursor.execute(
        "delete from ops.open_attempts where feed_id = %s returning as_of, started_at, ops.died(started_at)",
        (feed_id,),
    )
    for day, began, message in cursor.fetchall():
        add_run(cursor, feed_id, day, "died", began, message=message)
    cursor.execute("insert into ops.open_attempts values (%s, %s, %s)", (feed_id, as_of, started))


def loaded_batch(cursor: Cursor, feed_id: str, as_of: date) -> Batch | None:
    """Returns the batch that is loaded for this day, or None."""
    return _one(cursor, "feed_id = %s and as_of = %s and status = 'loaded'", feed_id, as_of)


def find_batch(cursor: Cursor, identifier: uuid.UUID) -> Batch | None:
    """Returns the batch with this id, or None."""
    return _one(cursor, "batch_id = %s", str(identifier))


def batch_with_content(cursor: Cursor, feed_id: str, as_of: date, sha256: str) -> Batch | None:
    """Returns the loaded or held batch of this day with this content digest, or None.

    A batch that a replay made of the same bytes counts too.
    """
    return _one(
        cursor,
        "feed_id = %s and as_of = %s and content_sha256 = %s and status <> 'superseded' "
        "order by status = 'loaded' desc, finished_at desc limit 1",
        feed_id,
        as_of,
        sha256,
    )


def _one(cursor: Cursor, condition: str, *values: object) -> Batch | None:
    cursor.execute(
        "select batch_id::text, status, rows_received, rows_loaded, rows_duplicate, rows_quarantined "
        f"from ops.feed_batches where {condition}",
        values,
    )
    row = cursor.fetchone()
    return None if row is None else Batch(uuid.UUID(row[0]), *row[1:])


def pull_window(cursor: Cursor, feed: Feed, as_of: date) -> Window:
    """Returns the time that a pull for ``as_of`` covers, in naive Asia/Shanghai time.

    A delta starts where the last loaded one before it ended, less the declared overlap. Every other feed is
    read as a whole: ``since`` is None.
    """
    until = datetime.combine(as_of + timedelta(days=1), time())
    if feed.cursor is None:
        return Window(None, until)
    cursor.execute(
        "select max(cursor_until) from ops.feed_batches "
        "where feed_id = %s and as_of < %s and status = 'loaded'",
        (feed.feed_id, as_of),
    )
    row = cursor.fetchone()
    last: datetime | None = row[0] if row else None
    return Window(None if last is None else last - timedelta(days=feed.cursor.overlap_days), until)


def read_until(cursor: Cursor, batch: uuid.UUID) -> datetime | None:
    """Returns the end of the day or window that a batch was read for; None if the ledger does not say."""
    cursor.execute("select cursor_until from ops.feed_batches where batch_id = %s", (str(batch),))
    row = cursor.fetchone()
    return row[0] if row else None


def count_batches(cursor: Cursor, feed_id: str, as_of: date) -> int:
    """Counts the batches of this feed and day, whatever their status."""
    cursor.execute(
        "select count(*) from ops.feed_batches where feed_id = %s and as_of = %s", (feed_id, as_of)
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def replayable_batches(cursor: Cursor, feed_id: str, as_of: date) -> list[BatchRow]:
    """Returns the batches of a day that are loaded or held: the loaded one first, then the newest."""
    cursor.execute(
        "select batch_id::text, feed_id, as_of, status, rows_received, content_sha256, landing_path, "
        "request_id from ops.feed_batches where feed_id = %s and as_of = %s and status in ('loaded', 'held') "
        "order by status = 'loaded' desc, finished_at desc",
        (feed_id, as_of),
    )
    return [BatchRow(uuid.UUID(row[0]), *row[1:]) for row in cursor.fetchall()]


def open_replay(cursor: Cursor, former: BatchRow, started: datetime) -> uuid.UUID:
    """Adds a batch for the bytes of ``former`` and supersedes ``former``; ``close_batch`` adds the counts.

    A former batch that was loaded counts again if a gate holds the new one, together with the rows it had
    passed on. A former batch that was held must not count again.
    """
    cursor.execute(
        "select count(*) from ops.feed_batches where feed_id = %s and as_of = %s",
        (former.feed_id, former.as_of),
    )
    row = cursor.fetchone()
    identifier = uuid.uuid5(NAMESPACE, f"replay {row[0] if row else 0}|{former.batch_id}")
    cursor.execute(
        "update ops.feed_batches set status = 'superseded', held_reason = null, superseded_by = "
        "case when status = 'loaded' then %s::uuid end "
        "where batch_id = %s",
        (str(identifier), str(former.batch_id)),
    )
    cursor.execute(
        "insert into ops.feed_batches (batch_id, feed_id, as_of, mode, status, rows_received, rows_loaded, "
        "rows_duplicate, rows_quarantined, content_sha256, landing_path, cursor_since, cursor_until, "
        "request_id, started_at, replay_of) "
        "select %s, feed_id, as_of, mode, 'loaded', 0, 0, 0, 0, content_sha256, landing_path, cursor_since, "
        "cursor_until, request_id, %s, batch_id from ops.feed_batches where batch_id = %s",
        (str(identifier), started, str(former.batch_id)),
    )
    return identifier


def supersede(cursor: Cursor, feed: Feed, as_of: date, by: uuid.UUID) -> None:
    """Supersedes the loaded batch of this day by batch ``by``.

    The rows of a superseded delta go on counting, because its source is live: an older version may be gone
    without being wrong. A file that is sent again replaces the former one.
    """
    cursor.execute(
        "update ops.feed_batches "
        "set status = 'superseded', superseded_by = %s, keeps_rows = (mode = 'delta') "
        "where feed_id = %s and as_of = %s and status = 'loaded' and batch_id <> %s",
        (str(by), feed.feed_id, as_of, str(by)),
    )


def open_batch(
    cursor: Cursor, feed: Feed, delivery: Delivery, covered: Window, landing: Path, started: datetime
) -> uuid.UUID:
    """Adds a batch with zero counts and returns its id.

    ``close_batch`` adds the counts in the same transaction.
    """
    identifier = batch_id(feed.feed_id, delivery.as_of, delivery.sha256)
    supersede(cursor, feed, delivery.as_of, identifier)
    cursor.execute(
        "insert into ops.feed_batches (batch_id, feed_id, as_of, mode, status, rows_received, rows_loaded, "
        "rows_duplicate, rows_quarantined, content_sha256, landing_path, cursor_since, cursor_until, "
        "request_id, started_at) values (%s, %s, %s, %s, 'loaded', 0, 0, 0, 0, %s, %s, %s, %s, %s, %s)",
        (
            str(identifier),
            feed.feed_id,
            delivery.as_of,
            feed.mode,
            delivery.sha256,
            str(landing),
            covered.since,
            covered.until,
            delivery.request_id,
            started,
        ),
    )
    return identifier


def close_batch(
    cursor: Cursor, identifier: uuid.UUID, received: int, loaded: int, duplicate: int, quarantined: int
) -> None:
    """Writes the row counts of a batch; the database refuses them unless they balance.

    received = loaded + duplicate + quarantined.
    """
    cursor.execute(
        "update ops.feed_batches set rows_received = %s, rows_loaded = %s, rows_duplicate = %s, "
        "rows_quarantined = %s, finished_at = clock_timestamp(), rows_changed_at = clock_timestamp() "
        "where batch_id = %s",
        (received, loaded, duplicate, quarantined, str(identifier)),
    )


def add_run(
    cursor: Cursor,
    feed_id: str,
    as_of: date,
    outcome: str,
    started: datetime,
    identifier: uuid.UUID | None = None,
    message: str | None = None,
) -> int:
    """Records an attempt and closes it; returns its ``run_id``."""
    cursor.execute("delete from ops.open_attempts where feed_id = %s and started_at = %s", (feed_id, started))
    cursor.execute(
        "insert into ops.feed_runs (feed_id, as_of, outcome, batch_id, message, started_at) "
        "values (%s, %s, %s, %s, %s, %s) returning run_id",
        (feed_id, as_of, outcome, None if identifier is None else str(identifier), message, started),
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def note_run(cursor: Cursor, run: int, message: str) -> None:
    """Adds a message to a recorded attempt that succeeded."""
    cursor.execute("update ops.feed_runs set message = %s where run_id = %s", (message, run))


def record_run(
    connection: Connection,
    feed_id: str,
    as_of: date,
    outcome: str,
    started: datetime,
    identifier: uuid.UUID | None = None,
    message: str | None = None,
) -> None:
    """Records an attempt like ``add_run``, in a transaction of its own."""
    with connection, connection.cursor() as cursor:
        add_run(cursor, feed_id, as_of, outcome, started, identifier, message)
