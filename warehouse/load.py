"""Takes one batch of one feed: pull, decode, and one transaction for ledger, rows, quarantine and requests.

A crash at any point leaves nothing of the batch; calling again takes it. Calling again after it was
loaded changes nothing.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as load_declaration
from connectors.errors import BatchRejected, ColumnsMissing, HubError, NotYetDelivered, SourceUnavailable
from connectors.masking import mask_text
from connectors.types import Delivery, Subject, Window
from warehouse import db, drift, ledger, outages, reconcile
from warehouse.errors import LoadFailed
from warehouse.filling import Decoder, decode_landed, fill
from warehouse.settings import Settings
from warehouse.subjects import subjects

Puller = Callable[[Feed, date, Window, Any, Path, Sequence[Subject]], Delivery]
#: Another loader of the same feed may be pulling: wait for it this long (milliseconds).
_WAIT_FOR_FEED_MS = 1_800_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadResult:
    """What became of a batch. ``outcome``: ``loaded``, or ``unchanged`` (it is there already).

    ``status`` is the batch's status in the ledger: ``loaded``, or ``held`` (its types changed, or by a gate).
    """

    outcome: str
    batch_id: uuid.UUID
    received: int
    loaded: int
    duplicate: int
    quarantined: int
    status: str = "loaded"


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
    """Loads ``feed_id`` for ``as_of``; with ``refresh`` also a day that is loaded already (if re-sent).

    ``whole`` reads a delta from its beginning and compares it with what is here (``warehouse.reconcile``).

    ``puller`` and ``decoder`` stand in for ``connectors.protocols.pull`` and ``connectors.decode.decode``,
    ``feed`` for the declaration. Raises a ``FeedError``; every attempt is in ``ops.feed_runs``.
    """
    declaration = load_declaration(feed_id) if feed is None else feed
    started = datetime.now(UTC)
    connection = db.connect(settings, application=f"load {feed_id}", lock_timeout_ms=_WAIT_FOR_FEED_MS)
    try:
        return _load(
            connection,
            declaration,
            as_of,
            settings,
            refresh,
            whole and declaration.mode == "delta",
            puller or _pull,
            decoder or decode_landed,
            started,
        )
    except Exception as error:
        failure = _as_feed_error(feed_id, error)
        _record_failure(connection, settings, declaration, failure, as_of, started)
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
    with connection, connection.cursor() as cursor:
        ledger.lock_feed(cursor, feed.feed_id)
    with connection, connection.cursor() as cursor:
        present = ledger.loaded_batch(cursor, feed.feed_id, as_of)
        covered = ledger.window(cursor, feed, as_of)
        if whole:
            covered = replace(covered, since=None)
        earlier = ledger.attempts(cursor, feed.feed_id, as_of)
        known = present is not None and not (refresh or whole)
        asked = [] if known else subjects(cursor, feed, as_of)
    if present and known:
        return _unchanged(connection, feed, as_of, present, started)
    landing = settings.hub_home / "landing" / feed.feed_id / as_of.isoformat()
    if earlier:  # never overwrite the bytes another batch refers to
        landing = landing / f"resent-{earlier}"
    # received bytes are full of personal data: for our user only
    (settings.hub_home / "landing").mkdir(mode=0o700, exist_ok=True)
    landing.mkdir(parents=True, exist_ok=True)
    # no transaction is open while the department is asked: that can take minutes
    delivery = puller(feed, as_of, covered, _connection_of(feed, puller), landing, asked)
    with connection, connection.cursor() as cursor:
        same = ledger.in_force_with_content(cursor, feed.feed_id, as_of, delivery.sha256)
    if same:
        return _unchanged(connection, feed, as_of, same, started)
    return _store(
        connection, feed, delivery, covered, _relative(landing, settings), asked, decoder, started, whole
    )


def _store(
    connection: Connection,
    feed: Feed,
    delivery: Delivery,
    covered: Window,
    landing: Path,
    asked: Sequence[Subject],
    decoder: Decoder,
    started: datetime,
    whole: bool,
) -> LoadResult:
    with connection, connection.cursor() as cursor:
        _forget(connection, feed, ledger.batch_id(feed.feed_id, delivery.as_of, delivery.sha256))
        batch = ledger.open_batch(cursor, feed, delivery, covered, landing, started)
        source_keys = reconcile.SourceKeys(cursor, feed) if whole else None
        watch = drift.Watch(feed)
        total = fill(cursor, feed, delivery, batch, asked, decoder, source_keys, watch)
        if source_keys:
            source_keys.settle(batch, delivery.as_of)
        run = ledger.add_run(cursor, feed.feed_id, delivery.as_of, "loaded", started, batch)
        status = drift.settle(cursor, watch, delivery.as_of, batch, run)
    return LoadResult(
        "loaded", batch, total.received, total.loaded, total.duplicate, total.quarantined, status
    )


def _forget(connection: Connection, feed: Feed, batch: uuid.UUID) -> None:
    """A superseded delivery came again (A, B, A): its former rows make way, it is taken like a new one."""
    with connection.cursor() as cursor:
        if ledger.batch(cursor, batch) is None:
            return
        for table in feed.tables:
            cursor.execute(
                sql.SQL("delete from {} where batch_id = %s").format(
                    sql.Identifier("raw", feed.raw_table(table))
                ),
                (str(batch),),
            )
        # what it had replaced counts as replaced by its successor: two batches with the same one would both
        # come back when that one is held
        cursor.execute(
            "update ops.feed_batches as b set superseded_by = gone.superseded_by "
            "from ops.feed_batches as gone where gone.batch_id = %s and b.superseded_by = gone.batch_id",
            (str(batch),),
        )
        cursor.execute("delete from ops.feed_batches where batch_id = %s", (str(batch),))


def _unchanged(
    connection: Connection, feed: Feed, as_of: date, batch: ledger.Batch, started: datetime
) -> LoadResult:
    ledger.record_run(connection, feed.feed_id, as_of, "unchanged", started, batch.batch_id)
    return LoadResult(
        "unchanged",
        batch.batch_id,
        batch.received,
        batch.loaded,
        batch.duplicate,
        batch.quarantined,
        batch.status,
    )


def _as_feed_error(feed_id: str, error: Exception) -> HubError:
    if isinstance(error, HubError):
        return error
    if isinstance(error, psycopg2.Error):
        # not str(error): its DETAIL and CONTEXT lines repeat the row
        primary = outages.in_words(error)
        return LoadFailed(
            feed_id, mask_text(f"database: {primary} ({type(error).__name__}); nothing was loaded")
        )
    return LoadFailed(feed_id, mask_text(f"{type(error).__name__}: {error}; nothing was loaded"))


def _record_failure(
    connection: Connection, settings: Settings, feed: Feed, error: HubError, as_of: date, started: datetime
) -> None:
    with contextlib.suppress(psycopg2.Error, HubError):
        if connection.closed:
            with contextlib.closing(db.connect(settings)) as fresh:
                _write_failure(fresh, feed, error, as_of, started)
        else:
            connection.rollback()
            _write_failure(connection, feed, error, as_of, started)


def _write_failure(
    connection: Connection, feed: Feed, error: HubError, as_of: date, started: datetime
) -> None:
    outcomes = {NotYetDelivered: "not_delivered", SourceUnavailable: "unavailable", BatchRejected: "rejected"}
    outcome = next((o for kind, o in outcomes.items() if isinstance(error, kind)), "failed")
    with connection, connection.cursor() as cursor:
        message = mask_text(str(error))
        run = ledger.add_run(cursor, feed.feed_id, as_of, outcome, started, message=message)
        if isinstance(error, ColumnsMissing):
            drift.record_refusal(cursor, feed, error, as_of, run)


def _connection_of(feed: Feed, puller: Puller) -> Any:
    if puller is not _pull:
        return None  # a stand-in has no department to connect to
    from connectors.connections import resolve

    return resolve(feed.connection_id)


def _relative(landing: Path, settings: Settings) -> Path:
    return landing.relative_to(settings.hub_home)


def _pull(
    feed: Feed, as_of: date, covered: Window, connection: Any, landing: Path, asked: Sequence[Subject]
) -> Delivery:
    from connectors.protocols import pull

    return pull(feed, as_of, covered, connection, landing, asked)
