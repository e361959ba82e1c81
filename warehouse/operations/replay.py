"""Decodes the bytes of a batch again, with the present declaration and code, in one transaction.

The new batch takes the place of the former one. That one stays in the ledger with its counts and its
quarantine, so it can be seen which batch replaced which (``replay_of``) and why (``ops.decisions``).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg2
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as load_declaration
from connectors.errors import HubError
from connectors.masking import describe_unforeseen
from warehouse.errors import LoadFailed, OperationRefused
from warehouse.intake import batches, deliveries, drift, snapshots
from warehouse.intake.write_batch import Decoder, landed_decoder, write_batch
from warehouse.intake.writing.table_writer import Counts
from warehouse.operations import corrections
from warehouse.operations.landing_lookup import landed_delivery
from warehouse.settings import Settings
from warehouse.store import decisions
from warehouse.store.decisions import Decision


@dataclass(frozen=True)
class Replayed:
    """The result: ``batch`` replaced ``former``; ``corrected`` rows had been corrected by hand and were
    corrected again.
    """

    former: uuid.UUID
    batch: uuid.UUID
    counts: Counts
    corrected: int


def replay(
    feed_id: str,
    as_of: date,
    decision: Decision,
    settings: Settings,
    *,
    batch: uuid.UUID | None = None,
    accept_count: bool = False,
    drop_corrections: bool = False,
    decoder: Decoder | None = None,
    feed: Feed | None = None,
) -> Replayed:
    """Replays the batch of a day: the loaded one, else the newest held one, or ``batch``.

    The same bytes have as many rows as before unless the declaration's layout was wrong: another number is
    refused without ``accept_count``. Rows corrected by hand are corrected again, unless ``drop_corrections``:
    then they are quarantined once more, to be corrected differently.

    Raises ``OperationRefused`` or a ``FeedError``; then nothing has changed.
    """
    declaration = load_declaration(feed_id) if feed is None else feed
    with decisions.transaction(settings, f"replay {feed_id}") as connection, connection.cursor() as cursor:
        batches.lock_feed(cursor, feed_id)
        former = _choose(batches.replayable_batches(cursor, feed_id, as_of), feed_id, as_of, batch)
        try:
            return _replay(
                cursor,
                declaration,
                former,
                decision,
                settings,
                accept_count,
                drop_corrections,
                decoder or landed_decoder(settings),
            )
        except (HubError, psycopg2.Error):
            raise
        except Exception as error:
            raise LoadFailed(feed_id, f"{describe_unforeseen(error)}; nothing was replayed") from None


def _choose(
    found: list[batches.BatchRow], feed_id: str, as_of: date, wanted: uuid.UUID | None
) -> batches.BatchRow:
    if not found:
        raise OperationRefused(
            f"{feed_id} has no loaded or held batch of {as_of}: there is nothing to replay"
        )
    chosen = found[0] if wanted is None else next((b for b in found if b.batch_id == wanted), None)
    if chosen is None:
        raise OperationRefused(
            f"{feed_id} {as_of}: batch {wanted} is not loaded or held; these are: "
            + ", ".join(f"{b.batch_id} ({b.status})" for b in found)
        )
    if chosen is not found[0] and found[0].status == "loaded":
        raise OperationRefused(
            f"{feed_id} {as_of}: batch {found[0].batch_id} counts for that day; replay that one"
        )
    return chosen


def _replay(
    cursor: Cursor,
    feed: Feed,
    former: batches.BatchRow,
    decision: Decision,
    settings: Settings,
    accept_count: bool,
    drop_corrections: bool,
    decoder: Decoder,
) -> Replayed:
    delivery = landed_delivery(feed, former, settings)
    asked = corrections.people_asked(cursor, feed, delivery) if feed.mode == "query_reply" else []
    before = snapshots.snapshot_in_force(cursor, feed, former.as_of)
    batch = batches.open_replay(cursor, former, datetime.now(UTC))
    # deletions that a whole read found keep counting, with the batch that stands for that read
    cursor.execute(
        "update ops.reconciliations set batch_id = %s where batch_id = %s", (str(batch), str(former.batch_id))
    )
    observer = drift.DriftObserver(feed)
    counts = write_batch(cursor, feed, delivery, batch, asked, decoder, observer=observer)
    if counts.received != former.received and not accept_count:
        raise OperationRefused(
            f"{feed.feed_id}: {counts.received} rows were found where there had been {former.received}; "
            "if the declaration's layout was corrected and that is right, say --accept-count"
        )
    changes = [] if drop_corrections else corrections.corrections_of(cursor, former.batch_id, batch)
    corrected = corrections.apply_corrections(cursor, feed, delivery, batch, changes, settings.account_key)
    detail = f"replaces {former.batch_id}" + (" without its corrections" if drop_corrections else "")
    decisions.record(cursor, decision, "replay", feed.feed_id, batch, detail)
    for row in corrected:
        counts.quarantined -= 1
        counts.loaded += row.outcome == "loaded"
        counts.duplicate += row.outcome == "duplicate"
    deliveries.examine_batch(cursor, feed, delivery, batch, before, observer, counts)
    return Replayed(former.batch_id, batch, counts, len(corrected))
