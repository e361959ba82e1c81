"""Writes a delivery into an open batch: what a first load and a replay have in common. Commits nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from connectors.delivery import AskedPerson, DecodedChunk, Delivery
from connectors.errors import BatchRejected
from warehouse.intake import batches, change_times, drift, query_answers, shared_rows
from warehouse.intake.query_requests import record_requests
from warehouse.intake.reconcile import SourceKeys
from warehouse.intake.writing import row_digests
from warehouse.intake.writing.ahead import one_ahead
from warehouse.intake.writing.encoded_rows import EncodedRows, encode_rows
from warehouse.intake.writing.quarantine_rows import quarantine_key_conflicts, quarantine_rows
from warehouse.intake.writing.table_writer import Counts, TableWriter
from warehouse.settings import Settings
from warehouse.store.raw_tables import is_cumulative

Decoder = Callable[[Feed, Delivery], Iterator[DecodedChunk]]


def landed_decoder(settings: Settings) -> Decoder:
    """Returns ``connectors.decode.decode`` with the hub's key of account digests.

    Whoever decodes the same bytes again (a replay, a backfill, a comparison) gets the same rows.
    """

    def decode_landed(feed: Feed, delivery: Delivery) -> Iterator[DecodedChunk]:
        from connectors.decode import decode  # imported when it is needed: it is slow to load

        return decode(feed, delivery, account_key=settings.account_key)

    return decode_landed


def write_batch(
    cursor: Cursor,
    feed: Feed,
    delivery: Delivery,
    batch: uuid.UUID,
    asked: Sequence[AskedPerson],
    decoder: Decoder,
    source_keys: SourceKeys | None = None,
    observer: drift.DriftObserver | None = None,
) -> Counts:
    """Decodes a delivery into an open batch: rows, quarantine, requests, counts. Does not commit.

    ``source_keys`` collects the keys of every chunk, where a whole source is compared with the rows in force;
    ``observer`` collects what the chunks show of the layout.

    Raises ``BatchRejected`` if a table has another number of rows than announced.
    """
    total = Counts()
    decoded: dict[str, int] = {}
    row_digests.check_server(cursor, feed.feed_id)
    transferable = transferable_batches(cursor, feed, delivery.as_of, batch)
    writers = {
        table.name: TableWriter(cursor, feed, table, batch, transferable, _size(delivery, table))
        for table in feed.tables
    }
    until = batches.read_until(cursor, batch)
    for came in one_ahead(_prepared(feed, delivery, batch, asked, decoder, until)):
        chunk = came.chunk
        loaded = writers[chunk.table].write(came.rows)
        quarantine_rows(cursor, feed, chunk.table, chunk.quarantined, batch)
        decoded[chunk.table] = decoded.get(chunk.table, 0) + chunk.received
        total.received += chunk.received
        total.loaded += loaded
        total.quarantined += chunk.quarantined.height
        if observer:
            observer.add(chunk)
        if source_keys:
            source_keys.add(came.whole, loaded)
    for table in feed.tables:
        settled = writers[table.name].finish()
        total.loaded += settled
        if source_keys:
            source_keys.note_loaded(table, settled)
    total.duplicate = total.received - total.loaded - total.quarantined
    _check_expected(feed, delivery, decoded)
    if feed.mode == "snapshot":
        conflicts = sum(
            quarantine_key_conflicts(cursor, feed, table, batch)
            for table in feed.tables
            if writers[table.name].keys_may_repeat
        )
        total.loaded -= conflicts
        total.quarantined += conflicts
    record_requests(cursor, feed, delivery, asked, batch, query_answers.nothing_on_record(feed, delivery))
    if is_cumulative(feed.mode):
        shared_rows.return_rows(cursor, feed.feed_id)
    batches.close_batch(cursor, batch, total.received, total.loaded, total.duplicate, total.quarantined)
    return total


@dataclass(frozen=True)
class _Prepared:
    """A chunk with what the loader sets aside taken out of its good rows, and these rows encoded.

    ``whole``: with the rows that were changed later than the day: they are at the source as well.
    """

    whole: DecodedChunk
    chunk: DecodedChunk
    rows: EncodedRows


def _prepared(
    feed: Feed,
    delivery: Delivery,
    batch: uuid.UUID,
    asked: Sequence[AskedPerson],
    decoder: Decoder,
    until: datetime | None,
) -> Generator[_Prepared, None, None]:
    """Yields the chunks of a delivery, ready to be written. Asks the database nothing."""
    for decoded in decoder(feed, delivery):
        whole = query_answers.quarantine_unrequested(feed, delivery, asked, decoded)
        chunk = change_times.quarantine_later_changes(feed, until, whole)
        yield _Prepared(whole, chunk, encode_rows(feed, batch, chunk))


def _size(delivery: Delivery, table: Table) -> int:
    """Returns the bytes that landed for a table."""
    return sum(part.path.stat().st_size for part in delivery.parts if part.table == table.name)


def collect_keys(feed: Feed, delivery: Delivery, decoder: Decoder, source_keys: SourceKeys) -> None:
    """Adds the keys of a delivery whose rows are loaded already to ``source_keys``."""
    for chunk in decoder(feed, delivery):
        source_keys.add(chunk, 0)


def transferable_batches(cursor: Cursor, feed: Feed, as_of: date, batch: uuid.UUID) -> list[uuid.UUID]:
    """Returns the batches whose rows this one takes over where it brings them too.

    These are batches that do not count (held, replaced), and those of later days: a day that is filled in
    afterwards then has its rows from that day on. Empty for feeds that are not cumulative.
    """
    if not is_cumulative(feed.mode):
        return []
    cursor.execute(
        "select batch_id::text from ops.feed_batches where feed_id = %s and batch_id <> %s and "
        "(status = 'held' or (status = 'superseded' and not keeps_rows) or as_of > %s)",
        (feed.feed_id, str(batch), as_of),
    )
    return [uuid.UUID(row[0]) for row in cursor.fetchall()]


def _check_expected(feed: Feed, delivery: Delivery, decoded: dict[str, int]) -> None:
    for table in {part.table for part in delivery.parts}:
        expected = [part.rows_expected for part in delivery.parts if part.table == table]
        known = [count for count in expected if count is not None]
        if len(known) == len(expected) and sum(known) != decoded.get(table, 0):
            raise BatchRejected(
                feed.feed_id,
                f"table {table}: {sum(known)} rows were announced, "
                f"{decoded.get(table, 0)} were found; ask for the delivery again",
            )
