"""Loads one batch of one feed: pull, decode, and one transaction for ledger, rows, quarantine and requests.

A crash at any point leaves nothing of the batch; the next call loads it. A call after the batch was loaded
changes nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as load_declaration
from connectors.delivery import AskedPerson, Delivery, Window
from warehouse.intake import batches, deliveries, drift, reconcile, snapshots
from warehouse.intake.deletions import undo_deletions
from warehouse.intake.failures import as_feed_error, record_failure
from warehouse.intake.query_requests import people_to_ask
from warehouse.intake.write_batch import Decoder, collect_keys, landed_decoder, write_batch
from warehouse.settings import Settings
from warehouse.store.connect import connect

Puller = Callable[[Feed, date, Window, Any, Path, Sequence[AskedPerson]], Delivery]
#: Another loader of the same feed may be pulling: wait for it this long (milliseconds).
_WAIT_FOR_FEED_MS = 1_800_000
_NOT_COMPARED = (
    "the source says what a batch that is held says: nothing was compared; release it or have it sent again, "
    "then compare once more"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadResult:
    """What became of a delivery. ``outcome`` is ``loaded``, or ``unchanged`` if it was there already.

    ``status`` is the batch's status in the ledger: ``loaded``, or ``held`` (a type changed, keys are gone, or
    a gate refused it). ``notes`` say what is odd about it.
    """

    outcome: str
    batch_id: uuid.UUID
    received: int
    loaded: int
    duplicate: int
    quarantined: int
    status: str = "loaded"
    notes: tuple[str, ...] = ()


def load_feed(
    feed_id: str,
    as_of: date,
    settings: Settings,
    *,
    refresh: bool = False,
    whole: bool = False,
    puller: Puller | None = None,
    decoder: Decoder | None = None,
    feed: Feed | None = None,
) -> LoadResult:
    """Loads ``feed_id`` for ``as_of``; with ``refresh`` also a day that is loaded already, if it was sent
    again.

    ``whole`` reads a delta from its beginning and compares it with the rows in force
    (``intake/reconcile.py``). Tests replace ``connectors.protocols.pull`` by ``puller``,
    ``connectors.decode.decode`` by ``decoder`` and the declaration by ``feed``.

    Raises a ``FeedError``. Every attempt is recorded in ``ops.feed_runs``.
    """
    declaration = load_declaration(feed_id) if feed is None else feed
    started = datetime.now(UTC)
    connection = connect(settings, application=f"load {feed_id}", lock_timeout_ms=_WAIT_FOR_FEED_MS)
    try:
        return _load(
            connection,
            declaration,
            as_of,
            settings,
            refresh,
            whole and declaration.mode == "delta",
            puller or _pull,
            decoder or landed_decoder(settings),
            started,
        )
    except Exception as error:
        failure = as_feed_error(feed_id, error)
        record_failure(connection, settings, declaration, failure, as_of, started)
        if failure is error:
            raise
        # the cause may repeat a row's values: it is logged by its type only
        log.error("%s: %s", feed_id, type(error).__name__)
        raise failure from None
    finally:
        connection.close()


def _load(
    connection: Connection,
    feed: Feed,
    as_of: date,
    settings: Settings,
    refresh: bool,
    whole: bool,
    puller: Puller,
    decoder: Decoder,
    started: datetime,
) -> LoadResult:
    """Pulls the delivery and loads it, unless the day is loaded already or the content is known.

    ``covered`` is fixed before the department is asked; no transaction is open while it is asked.
    """
    with connection, connection.cursor() as cursor:
        batches.lock_feed(cursor, feed.feed_id)
        batches.begin_attempt(cursor, feed.feed_id, as_of, started)
    with connection, connection.cursor() as cursor:
        present = batches.loaded_batch(cursor, feed.feed_id, as_of)
        covered = batches.pull_window(cursor, feed, as_of)
        if whole:
            covered = replace(covered, since=None, whole=True)
        earlier = batches.count_batches(cursor, feed.feed_id, as_of)
        is_loaded = present is not None and not (refresh or whole)
        asked = [] if is_loaded else people_to_ask(cursor, feed, as_of)
    if present and is_loaded:
        return _record_unchanged(connection, feed, as_of, present, started)
    landing = settings.hub_home / "landing" / feed.feed_id / as_of.isoformat()
    if earlier:  # never overwrite the bytes another batch refers to
        landing = landing / f"resent-{earlier}"
    # received bytes are full of personal data: for our user only
    (settings.hub_home / "landing").mkdir(mode=0o700, exist_ok=True)
    landing.mkdir(parents=True, exist_ok=True)
    # no transaction is open while the department is asked: that can take minutes
    delivery = puller(feed, as_of, covered, _connection_of(feed, puller), landing, asked)
    with connection, connection.cursor() as cursor:
        same = batches.batch_with_content(cursor, feed.feed_id, as_of, delivery.sha256)
    if same and whole and same.status == "loaded":
        return _compare_unchanged(connection, feed, delivery, same, decoder, started)
    if same:
        return _record_unchanged(connection, feed, as_of, same, started, _NOT_COMPARED if whole else None)
    return _load_delivery(
        connection, feed, delivery, covered, _relative(landing, settings), asked, decoder, started, whole
    )


def _load_delivery(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    covered: Window,
    landing: Path,
    asked: Sequence[AskedPerson],
    decoder: Decoder,
    started: datetime,
    whole: bool,
) -> LoadResult:
    """Loads a delivery in one transaction: ledger, rows, quarantine, requests, comparison with the batch
    before.

    ``covered`` is the time it was asked for, ``landing`` the folder of its bytes relative to ``HUB_HOME``,
    ``asked`` the people a query was about, ``whole`` that it is the whole source of a delta.
    """
    with connection, connection.cursor() as cursor:
        _delete_former_copy(connection, feed, batches.batch_id(feed.feed_id, delivery.as_of, delivery.sha256))
        former = snapshots.snapshot_in_force(cursor, feed, delivery.as_of)
        batch = batches.open_batch(cursor, feed, delivery, covered, landing, started)
        source_keys = (
            reconcile.SourceKeys(cursor, feed) if reconcile.needs_source_keys(cursor, feed, whole) else None
        )
        observer = drift.DriftObserver(feed)
        total = write_batch(cursor, feed, delivery, batch, asked, decoder, source_keys, observer)
        odd_findings: list[str] = []
        if source_keys and whole:
            odd_findings = source_keys.delete_missing_keys(batch, delivery.as_of)
        elif source_keys:
            undo_deletions(cursor, feed, delivery.as_of)
        run = batches.add_run(cursor, feed.feed_id, delivery.as_of, "loaded", started, batch)
        findings = deliveries.examine_batch(cursor, feed, delivery, batch, former, observer, total, run)
        notes = (*odd_findings, *findings.notes)
        _record_notes(cursor, feed, delivery, batch, run, odd_findings, notes)
    return LoadResult(
        "loaded",
        batch,
        total.received,
        total.loaded,
        total.duplicate,
        total.quarantined,
        findings.status,
        notes,
    )


def _record_notes(
    cursor: Cursor,
    feed: Feed,
    delivery: Delivery,
    batch: uuid.UUID,
    run: int,
    compared: Sequence[str],
    notes: Sequence[str],
) -> None:
    """Records what a comparison with the source found odd, and adds all notes to the attempt."""
    for message in compared:
        deliveries.add_note(cursor, feed, delivery, batch, reconcile.NOTE, message)
    if notes:
        batches.note_run(cursor, run, "; ".join(notes))


def _compare_unchanged(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    same: batches.Batch,
    decoder: Decoder,
    started: datetime,
) -> LoadResult:
    """Compares a whole source whose content equals a batch of this day. Nothing is loaded.

    Keys that other batches brought may be gone all the same, as after a table was rebuilt.
    """
    with connection, connection.cursor() as cursor:
        source_keys = reconcile.SourceKeys(cursor, feed)
        collect_keys(feed, delivery, decoder, source_keys)
        notes = tuple(source_keys.delete_missing_keys(same.batch_id, delivery.as_of))
        run = batches.add_run(cursor, feed.feed_id, delivery.as_of, "unchanged", started, same.batch_id)
        _record_notes(cursor, feed, delivery, same.batch_id, run, notes, notes)
    return _result_of(same, notes)


def _delete_former_copy(connection: Connection, feed: Feed, batch: uuid.UUID) -> None:
    """Deletes a superseded batch that comes again (A, B, A), so that it is loaded like a new one."""
    with connection.cursor() as cursor:
        if batches.find_batch(cursor, batch) is None:
            return
        for table in feed.tables:
            cursor.execute(
                sql.SQL("delete from {} where batch_id = %s").format(
                    sql.Identifier("raw", feed.raw_table(table))
                ),
                (str(batch),),
            )
        # a batch it had replaced counts as replaced by its successor: if both named the same successor, both
        # would come back when that successor is held
        cursor.execute(
            "update ops.feed_batches as b set superseded_by = gone.superseded_by "
            "from ops.feed_batches as gone where gone.batch_id = %s and b.superseded_by = gone.batch_id",
            (str(batch),),
        )
        cursor.execute("delete from ops.feed_batches where batch_id = %s", (str(batch),))


def _record_unchanged(
    connection: Connection,
    feed: Feed,
    as_of: date,
    batch: batches.Batch,
    started: datetime,
    message: str | None = None,
) -> LoadResult:
    batches.record_run(connection, feed.feed_id, as_of, "unchanged", started, batch.batch_id, message)
    return _result_of(batch, (message,) if message else ())


def _result_of(batch: batches.Batch, notes: tuple[str, ...] = ()) -> LoadResult:
    return LoadResult(
        "unchanged",
        batch.batch_id,
        batch.received,
        batch.loaded,
        batch.duplicate,
        batch.quarantined,
        batch.status,
        notes,
    )


def _connection_of(feed: Feed, puller: Puller) -> Any:
    if puller is not _pull:
        return None  # a stand-in has no department to connect to
    from connectors.connections import resolve

    return resolve(feed.connection_id)


def _relative(landing: Path, settings: Settings) -> Path:
    return landing.relative_to(settings.hub_home)


def _pull(
    feed: Feed, as_of: date, covered: Window, connection: Any, landing: Path, asked: Sequence[AskedPerson]
) -> Delivery:
    from connectors.protocols import pull

    return pull(feed, as_of, covered, connection, landing, asked)
