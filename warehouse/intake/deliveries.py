"""Examines a batch whose rows are loaded: its layout, its unread values, and the difference to the batch
before.

Some findings hold the batch. The others are recorded (``ops.delivery_notes``, the gate, ``make status``), and
the batch counts. A first load and a replay both end here. Nothing here commits.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed
from connectors.delivery import Delivery
from connectors.masking import mask_text
from warehouse.intake import change_times, drift, repeats, snapshots, unread_values
from warehouse.intake.writing.table_writer import Counts

#: Codes of ``ops.delivery_notes``: add, never rename.
SAME_AS_BEFORE = "same_as_before"
LATER_THAN_DAY = "later_than_day"
FROM_THE_PULL = "from_the_pull"
MOST_GONE = "most_gone"


@dataclass(frozen=True)
class BatchFindings:
    """``status`` of the batch in the ledger, and the notes about it, as sentences."""

    status: str
    notes: tuple[str, ...]


def examine_batch(
    cursor: Cursor,
    feed: Feed,
    delivery: Delivery,
    batch: uuid.UUID,
    former: snapshots.FormerSnapshot | None,
    observer: drift.DriftObserver,
    total: Counts,
    run: int | None = None,
) -> BatchFindings:
    """Examines a batch whose rows are loaded, records the findings, and holds the batch if it must not count.

    ``former`` is the snapshot that was in force before it; ``run`` is the attempt in ``ops.feed_runs``.
    """
    unread_values.record(cursor, feed, batch, observer.unread(cursor, batch))
    status = drift.hold_if_types_changed(cursor, observer, delivery.as_of, batch, run)
    compared = snapshots.compare_tables(cursor, feed, former, batch) if former else []
    if former and snapshots.hold_if_keys_gone(cursor, feed, former, delivery.as_of, batch, compared):
        status = "held"
    notes = [(FROM_THE_PULL, mask_text(note)) for note in delivery.notes]
    if same := repeats.repetition_message(cursor, feed, delivery, former, compared, total.received):
        notes.append((SAME_AS_BEFORE, same))
    if few := snapshots.losses_in_small_tables(former, compared):
        notes.append((MOST_GONE, few))
    if later := _later_than_day(cursor, feed, batch):
        notes.append((LATER_THAN_DAY, later))
    for code, message in notes:
        add_note(cursor, feed, delivery, batch, code, message)
    return BatchFindings(status, tuple(message for _, message in notes))


def add_note(
    cursor: Cursor, feed: Feed, delivery: Delivery, batch: uuid.UUID, code: str, message: str
) -> None:
    """Adds a note about a batch to ``ops.delivery_notes``; a note that is there already stays."""
    cursor.execute(
        "insert into ops.delivery_notes (batch_id, feed_id, as_of, code, message) "
        "values (%s, %s, %s, %s, %s) on conflict do nothing",
        (str(batch), feed.feed_id, delivery.as_of, code, message),
    )


def _later_than_day(cursor: Cursor, feed: Feed, batch: uuid.UUID) -> str | None:
    if feed.cursor is None:
        return None
    cursor.execute(
        "select count(*) from ops.quarantine where batch_id = %s and reason_code = %s",
        (str(batch), change_times.REASON),
    )
    ((rows,),) = cursor.fetchall()
    return (
        f"{rows} rows say they were changed after the day that was read; they are set aside "
        f"({change_times.REASON}): ask the publisher to correct {feed.cursor.column}"
        if rows
        else None
    )
