"""Lists the batches that a gate holds, and releases one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from psycopg2.extensions import cursor as Cursor

from warehouse.errors import OperationRefused
from warehouse.intake import holds
from warehouse.settings import Settings
from warehouse.store import decisions
from warehouse.store.decisions import Decision

_HELD = """
    select h.batch_id::text, h.feed_id, h.as_of, coalesce(h.held_reason, 'held'), h.rows_received,
        coalesce((select max(r.checked_at) from ops.check_results as r
                  where r.batch_id = h.batch_id and r.severity = 'error' and not r.success), h.finished_at),
        exists (select 1 from ops.feed_batches as b
                where b.feed_id = h.feed_id and b.as_of = h.as_of and b.status = 'loaded')
    from ops.feed_batches as h where h.status = 'held' order by h.as_of desc, h.feed_id, h.finished_at
"""


@dataclass(frozen=True)
class HeldBatch:
    """A held batch.

    ``since``: when the gate refused it. ``replaced``: another batch counts for its feed and day.
    """

    batch_id: uuid.UUID
    feed_id: str
    as_of: date
    reason: str
    received: int
    since: datetime
    replaced: bool


def held_batches(settings: Settings) -> list[HeldBatch]:
    """Returns every held batch, the newest day first."""
    with decisions.transaction(settings, "hub held") as connection, connection.cursor() as cursor:
        return read_held(cursor)


def read_held(cursor: Cursor) -> list[HeldBatch]:
    """Reads the held batches in the caller's transaction."""
    cursor.execute(_HELD)
    return [HeldBatch(uuid.UUID(row[0]), *row[1:]) for row in cursor.fetchall()]


def release(batch: uuid.UUID, decision: Decision, settings: Settings) -> str:
    """Releases a held batch, so that it counts, and records who decided it. Returns its feed id.

    Raises ``OperationRefused`` if it is not held, ``GateStateError`` if another counts for its day.
    """
    with decisions.transaction(settings, "hub release") as connection, connection.cursor() as cursor:
        cursor.execute(
            "select feed_id, status, held_reason from ops.feed_batches where batch_id = %s for update",
            (str(batch),),
        )
        row = cursor.fetchone()
        if row is None or row[1] != "held":
            state = "is not in the ledger" if row is None else f"is {row[1]}, not held"
            raise OperationRefused(f"batch {batch} {state}: 'make held' lists the held ones")
        holds.release_within(cursor, [batch])
        decisions.record(cursor, decision, "release", row[0], batch, row[2])
        return str(row[0])
