"""Holds batches and releases them. A held batch does not count until it is released or sent again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import closing

import psycopg2
from psycopg2.extensions import cursor as Cursor

from warehouse.errors import GateStateError
from warehouse.intake import shared_rows
from warehouse.settings import Settings
from warehouse.store.connect import connect


def mark_held(batch_ids: Iterable[uuid.UUID | str], reason: str, settings: Settings) -> int:
    """Holds loaded batches; the batch that each had superseded counts again.

    Returns how many were held now.
    """
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        return sum(hold_within(cursor, str(batch), reason) for batch in batch_ids)


def hold_within(cursor: Cursor, batch: str, reason: str) -> int:
    """Holds one batch like ``mark_held``, in the caller's transaction. Returns 1 if it was loaded, else 0."""
    cursor.execute(
        "update ops.feed_batches set status = 'held', held_reason = %s "
        "where batch_id = %s and status = 'loaded'",
        (reason, batch),
    )
    held = int(cursor.rowcount)
    if held:
        _count_deletions(cursor, [batch], counts=False)
        cursor.execute(
            "update ops.feed_batches set status = 'loaded', superseded_by = null, keeps_rows = false "
            "where superseded_by = %s and status = 'superseded'",
            (batch,),
        )
        _return_rows_of(cursor, [batch])
    return held


def hold_too(cursor: Cursor, batch: str, reason: str) -> None:
    """Holds one batch; if it is held already, adds this reason to the former one."""
    if not hold_within(cursor, batch, reason):
        cursor.execute(
            "update ops.feed_batches set held_reason = concat_ws('; ', held_reason, %s) "
            "where batch_id = %s and status = 'held'",
            (reason, batch),
        )


def _return_rows_of(cursor: Cursor, batches: list[str]) -> None:
    """Returns rows that these batches share with others to the batch that counts now."""
    cursor.execute(
        "select distinct feed_id from ops.feed_batches where batch_id = any (%s::uuid[])", (batches,)
    )
    for (feed_id,) in cursor.fetchall():
        shared_rows.return_rows(cursor, feed_id)


def _count_deletions(cursor: Cursor, batches: list[str], *, counts: bool) -> None:
    """Counts the deletions that a whole read led to as long as that read itself counts."""
    cursor.execute(
        "update ops.feed_batches as b set keeps_rows = %s from ops.reconciliations as r "
        "where r.deletion_batch_id = b.batch_id and r.batch_id = any (%s::uuid[])",
        (counts, batches),
    )


def release(batch_ids: Iterable[uuid.UUID | str], settings: Settings) -> int:
    """Releases held batches, so that they count; returns how many.

    Raises ``GateStateError`` if another batch is loaded for the day.
    """
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        return release_within(cursor, batch_ids)


def release_within(cursor: Cursor, batch_ids: Iterable[uuid.UUID | str]) -> int:
    """Releases held batches like ``release``, in the caller's transaction."""
    batches = [str(b) for b in batch_ids]
    try:
        cursor.execute(
            "update ops.feed_batches set status = 'loaded', held_reason = null "
            "where batch_id = any (%s::uuid[]) and status = 'held'",
            (batches,),
        )
    except psycopg2.errors.UniqueViolation:
        raise GateStateError(
            "another batch is loaded for the same feed and day: hold that one first"
        ) from None
    released = int(cursor.rowcount)
    _count_deletions(cursor, batches, counts=True)
    _return_rows_of(cursor, batches)
    return released


def current_batches(as_of: object, settings: Settings) -> dict[str, list[str]]:
    """Returns the ids of the batches that make up the state of a day, by feed id."""
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("select feed_id, batch_id::text from ops.current_batches(%s) order by 1, 2", (as_of,))
        found: dict[str, list[str]] = {}
        for feed_id, batch in cursor.fetchall():
            found.setdefault(feed_id, []).append(batch)
        return found
