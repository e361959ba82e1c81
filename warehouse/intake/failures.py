"""Records an attempt that failed, with a message that repeats no value of a row."""

from __future__ import annotations

import contextlib
import logging
from datetime import date, datetime

import psycopg2
from psycopg2.extensions import connection as Connection

from connectors.catalogue import Feed
from connectors.errors import BatchRejected, ColumnsMissing, HubError, NotYetDelivered, SourceUnavailable
from connectors.masking import describe_unforeseen, mask_text
from warehouse.errors import LoadFailed
from warehouse.intake import batches, drift
from warehouse.settings import Settings
from warehouse.store import outages
from warehouse.store.connect import connect

log = logging.getLogger(__name__)


def as_feed_error(feed_id: str, error: Exception) -> HubError:
    """Returns the error that a load ends in: it names the feed and repeats no value of a row."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, psycopg2.Error):
        return LoadFailed(
            feed_id, f"database: {outages.describe(error)} ({type(error).__name__}); nothing was loaded"
        )
    what = describe_unforeseen(error)
    return LoadFailed(
        feed_id, f"{what}; nothing was loaded; pull again, and report this line if it comes back"
    )


def record_failure(
    connection: Connection, settings: Settings, feed: Feed, error: HubError, as_of: date, started: datetime
) -> None:
    """Records the failure in the ledger; where the database cannot take it, writes it to the log."""
    try:
        if connection.closed:
            with contextlib.closing(connect(settings)) as fresh:
                _write_failure(fresh, feed, error, as_of, started)
        else:
            connection.rollback()
            _write_failure(connection, feed, error, as_of, started)
    except (psycopg2.Error, HubError) as unwritten:
        log.error(
            "%s: this failure is not on record (%s): %s",
            feed.feed_id,
            type(unwritten).__name__,
            mask_text(str(error)),
        )


def _write_failure(
    connection: Connection, feed: Feed, error: HubError, as_of: date, started: datetime
) -> None:
    outcomes = {NotYetDelivered: "not_delivered", SourceUnavailable: "unavailable", BatchRejected: "rejected"}
    outcome = next((o for kind, o in outcomes.items() if isinstance(error, kind)), "failed")
    with connection, connection.cursor() as cursor:
        message = mask_text(str(error))
        run = batches.add_run(cursor, feed.feed_id, as_of, outcome, started, message=message)
        if isinstance(error, ColumnsMissing):
            drift.record_refusal(cursor, feed, error, as_of, run)
