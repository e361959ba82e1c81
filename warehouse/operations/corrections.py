"""Loads quarantined rows that a person corrected, by the same typed rules as every other row.

The corrected values are merged into the row as it was received (from the landed bytes; the quarantine keeps
it masked only). The quarantined row stays, with its resolution; the batch's counts change.
"""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table, load_feed
from connectors.decode.corrected_rows import rejudge
from connectors.delivery import AskedPerson, Delivery
from connectors.masking import mask_text
from warehouse.errors import OperationRefused
from warehouse.intake import batches, unread_values
from warehouse.intake.change_times import quarantine_later_changes
from warehouse.intake.query_answers import nothing_on_record, quarantine_unrequested
from warehouse.intake.query_requests import record_requests
from warehouse.intake.write_batch import transferable_batches
from warehouse.intake.writing.encoded_rows import encode_rows
from warehouse.intake.writing.table_writer import TableWriter
from warehouse.operations.landing_lookup import landed_delivery
from warehouse.settings import Settings
from warehouse.store import decisions
from warehouse.store.decisions import Decision

ID_COLUMN = "quarantine_id"
_ROWS = (
    "select q.quarantine_id, q.table_name, q.row_no from ops.quarantine as q "
    "where q.batch_id = %s and q.quarantine_id = any (%s) order by q.quarantine_id"
)


@dataclass(frozen=True)
class Correction:
    """A corrected row.

    ``changes``: our column name -> the value, written as the department writes it; None empties it.
    """

    quarantine_id: int
    changes: Mapping[str, str | None]
    by: str
    reason: str


@dataclass(frozen=True)
class Resolved:
    """What became of a corrected row: ``loaded`` or ``duplicate``."""

    quarantine_id: int
    feed_id: str
    outcome: str


def read_corrections(path: Path, decision: Decision) -> list[Correction]:
    """Reads a CSV with ``quarantine_id`` and one column per corrected column, in UTF-8.

    An empty cell leaves the received value; ``\\N`` empties it. Raises ``OperationRefused``.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file, strict=True))
    except OSError as error:
        raise OperationRefused(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OperationRefused(f"{path} is not in UTF-8: save it as 'CSV UTF-8'") from None
    except csv.Error as error:
        raise OperationRefused(f"{path} cannot be read as CSV: {type(error).__name__}") from None
    found: dict[int, Correction] = {}
    for number, line in enumerate(lines, start=2):
        text = str(line.pop(ID_COLUMN, "") or "")
        changes = {n: None if v == "\\N" else v for n, v in line.items() if n and isinstance(v, str) and v}
        if not text.isdecimal() or not changes or None in line or int(text) in found:
            raise OperationRefused(
                f"{path}, line {number}: expected a {ID_COLUMN} that occurs once, and at least one value"
            )
        found[int(text)] = Correction(int(text), changes, decision.by, decision.reason)
    if not found:
        raise OperationRefused(f"{path} has no rows: its first line is '{ID_COLUMN},<column>,...'")
    return list(found.values())


def correct(rows: Sequence[Correction], decision: Decision, settings: Settings) -> list[Resolved]:
    """Loads corrected rows, all or none.

    Raises ``OperationRefused``, which names the first that cannot be loaded.
    """
    ids = [row.quarantine_id for row in rows]
    resolved: list[Resolved] = []
    with decisions.transaction(settings, "hub correct") as connection, connection.cursor() as cursor:
        for feed_id in sorted({batch.feed_id for batch in _batches(cursor, ids)}):
            batches.lock_feed(cursor, feed_id)
        # read again: it may have been replaced while we waited
        for batch, mine in _batches(cursor, ids).items():
            feed = load_feed(batch.feed_id)
            delivery = landed_delivery(feed, batch, settings)
            chosen = [row for row in rows if row.quarantine_id in mine]
            done = apply_corrections(cursor, feed, delivery, batch.batch_id, chosen, settings.account_key)
            detail = f"{len(done)} rows corrected"
            decisions.record(cursor, decision, "correct", batch.feed_id, batch.batch_id, detail)
            resolved += done
    return resolved


def _batches(cursor: Cursor, ids: Sequence[int]) -> dict[batches.BatchRow, set[int]]:
    cursor.execute(
        "select q.quarantine_id, q.feed_id, b.as_of, q.batch_id::text, b.status, r.outcome "
        "from ops.quarantine as q inner join ops.feed_batches as b using (batch_id) "
        "left join ops.quarantine_resolutions as r using (quarantine_id) "
        "where q.quarantine_id = any (%s) order by q.quarantine_id",
        (list(ids),),
    )
    rows = cursor.fetchall()
    if unknown := sorted(set(ids) - {row[0] for row in rows}):
        numbers = ", ".join(map(str, unknown))
        raise OperationRefused(f"not in the quarantine: {numbers}; 'make quarantine ROWS=20' shows the ids")
    found: dict[batches.BatchRow, set[int]] = {}
    for number, feed_id, day, batch, status, outcome in rows:
        if outcome is not None or status == "superseded":
            why = f"was resolved before ({outcome})" if outcome else f"is of batch {batch}, since replaced"
            raise OperationRefused(f"row {number} {why}: there is nothing to correct")
        row = next(b for b in batches.replayable_batches(cursor, feed_id, day) if str(b.batch_id) == batch)
        found.setdefault(row, set()).add(number)
    return found


def corrections_of(cursor: Cursor, former: uuid.UUID, batch: uuid.UUID) -> list[Correction]:
    """Returns the corrections of a former batch, for the rows that its replay quarantined again."""
    cursor.execute(
        "select n.quarantine_id, r.changes, r.resolved_by, r.reason "
        "from ops.quarantine_resolutions as r inner join ops.quarantine as f using (quarantine_id) "
        "inner join ops.quarantine as n on n.table_name = f.table_name and n.row_no = f.row_no "
        "where f.batch_id = %s and n.batch_id = %s order by n.quarantine_id",
        (str(former), str(batch)),
    )
    return [Correction(*row) for row in cursor.fetchall()]


def apply_corrections(
    cursor: Cursor,
    feed: Feed,
    delivery: Delivery,
    batch: uuid.UUID,
    rows: Sequence[Correction],
    account_key: bytes,
) -> list[Resolved]:
    """Loads corrected rows into their batch, in the caller's transaction, and keeps the counts balanced.

    ``account_key``: the hub's key of account digests, the same as for every other row.
    """
    if not rows:
        return []
    by_id = {row.quarantine_id: row for row in rows}
    cursor.execute(_ROWS, (str(batch), list(by_id)))
    places: dict[str, dict[int, Correction]] = {}
    for number, table_name, row_no in cursor.fetchall():
        places.setdefault(table_name, {})[row_no] = by_id[number]
    transferable = transferable_batches(cursor, feed, delivery.as_of, batch)
    resolved = []
    for table in feed.tables:
        if table.name in places:
            mine = places[table.name]
            resolved += _load_table(cursor, feed, table, delivery, batch, mine, transferable, account_key)
    _update_requests(cursor, feed, delivery, batch)
    return resolved


def _load_table(
    cursor: Cursor,
    feed: Feed,
    table: Table,
    delivery: Delivery,
    batch: uuid.UUID,
    rows: Mapping[int, Correction],
    transferable: Sequence[uuid.UUID],
    account_key: bytes,
) -> list[Resolved]:
    names = {c.name for c in table.columns}
    for row in rows.values():
        if unknown := sorted(set(row.changes) - names):
            raise OperationRefused(
                f"row {row.quarantine_id}: {feed.feed_id} has no column {', '.join(unknown)}; "
                f"it has {', '.join(sorted(names))}"
            )
    changes = {n: row.changes for n, row in rows.items()}
    judged = rejudge(feed, delivery, table, changes, account_key)
    asked = people_asked(cursor, feed, delivery) if feed.mode == "query_reply" else []
    answers = quarantine_unrequested(feed, delivery, asked, judged)
    chunk = quarantine_later_changes(feed, batches.read_until(cursor, batch), answers)
    for row_no, column, reason, message in chunk.quarantined.select(
        "row_no", "column_name", "reason_code", "message"
    ).iter_rows():
        raise OperationRefused(
            f"row {rows[row_no].quarantine_id} is still wrong in {column} ({reason}): {message}"
        )
    if missing := sorted(set(rows) - set(chunk.good["row_no"])):
        raise OperationRefused(f"{feed.feed_id}: the landed bytes have no row {missing[0]} any more")
    writer = TableWriter(cursor, feed, table, batch, transferable)
    writer.write(encode_rows(feed, batch, chunk))
    writer.finish()
    unread_values.add_corrected(cursor, feed, table, batch, chunk)
    _refuse_key_conflicts(cursor, feed, table, batch, rows)
    loaded = _rows_present(cursor, feed, table, batch, list(rows))
    return [_resolve(cursor, feed, batch, row, row_no in loaded) for row_no, row in sorted(rows.items())]


def _rows_present(
    cursor: Cursor, feed: Feed, table: Table, batch: uuid.UUID, row_nos: Sequence[int]
) -> set[int]:
    cursor.execute(
        sql.SQL("select row_no from {} where batch_id = %s and row_no = any (%s)").format(
            sql.Identifier("raw", feed.raw_table(table))
        ),
        (str(batch), list(row_nos)),
    )
    return {row[0] for row in cursor.fetchall()}


def _refuse_key_conflicts(
    cursor: Cursor, feed: Feed, table: Table, batch: uuid.UUID, rows: Mapping[int, Correction]
) -> None:
    """Raises ``OperationRefused`` if a corrected row of a snapshot has the key of another row."""
    if feed.mode != "snapshot":
        return
    same = sql.SQL(" and ").join(sql.SQL("a.{0} = b.{0}").format(sql.Identifier(k)) for k in table.key)
    cursor.execute(
        sql.SQL(
            "select a.row_no from {raw} as a inner join {raw} as b on {same} and b.batch_id = a.batch_id "
            "and b.row_digest <> a.row_digest where a.batch_id = %s and a.row_no = any (%s) limit 1"
        ).format(raw=sql.Identifier("raw", feed.raw_table(table)), same=same),
        (str(batch), list(rows)),
    )
    if found := cursor.fetchone():
        raise OperationRefused(
            f"row {rows[found[0]].quarantine_id}: another row of the batch has the same key "
            f"({', '.join(table.key)}) and other content"
        )


def _resolve(cursor: Cursor, feed: Feed, batch: uuid.UUID, row: Correction, loaded: bool) -> Resolved:
    outcome = "loaded" if loaded else "duplicate"
    cursor.execute(
        "insert into ops.quarantine_resolutions "
        "(quarantine_id, batch_id, resolved_by, reason, outcome, changes) values (%s, %s, %s, %s, %s, %s)",
        (
            row.quarantine_id,
            str(batch),
            row.by,
            mask_text(row.reason),
            outcome,
            json.dumps(dict(row.changes)),
        ),
    )
    cursor.execute(
        "update ops.feed_batches set rows_quarantined = rows_quarantined - 1, "
        "rows_loaded = rows_loaded + %s, rows_duplicate = rows_duplicate + %s, "
        "rows_changed_at = clock_timestamp() where batch_id = %s",
        (int(loaded), int(not loaded), str(batch)),
    )
    return Resolved(row.quarantine_id, feed.feed_id, outcome)


def _update_requests(cursor: Cursor, feed: Feed, delivery: Delivery, batch: uuid.UUID) -> None:
    """Records the questions again: a corrected answer may answer one that had none."""
    if feed.mode == "query_reply":
        asked = people_asked(cursor, feed, delivery)
        record_requests(cursor, feed, delivery, asked, batch, nothing_on_record(feed, delivery))


def people_asked(cursor: Cursor, feed: Feed, delivery: Delivery) -> list[AskedPerson]:
    """Returns the people the department was asked about on this day, without names: decoding needs none."""
    cursor.execute(
        "select seq, id_number from ops.query_requests where feed_id = %s and as_of = %s order by seq",
        (feed.feed_id, delivery.as_of),
    )
    return [AskedPerson(seq, id_number, "") for seq, id_number in cursor.fetchall()]
