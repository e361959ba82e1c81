"""The steps of a day that Airflow's tasks call. Airflow knows only when; every step also works without it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from connectors.errors import BatchRejected, NotYetDelivered
from warehouse.intake import day_status
from warehouse.publication import state
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.publication.publish import PublicationResult


def load(feed_id: str, as_of: date, *, queries: bool, refresh: bool, reconcile: bool = False) -> str:
    """Loads one feed for one day. Returns a line for the log; raises the errors of ``connectors.errors``.

    ``reconcile`` reads a delta's whole source and compares it, as does the day of the month that its
    declaration names.
    """
    from connectors.catalogue import load_feed as declaration
    from warehouse.intake.load_feed import load_feed

    settings = Settings.from_env()
    if queries and day_status.loaded_until(as_of, settings).get(day_status.AUTHORISATION) != as_of:
        raise NotYetDelivered(
            feed_id, f"nobody may be asked about before {day_status.AUTHORISATION} is loaded for {as_of}"
        )
    note = ""
    cursor = declaration(feed_id).cursor
    is_due = cursor is not None and cursor.reconcile_day == as_of.day
    is_due = is_due and day_status.is_pending(feed_id, as_of, settings)
    try:
        result = load_feed(feed_id, as_of, settings, refresh=refresh, whole=reconcile or is_due)
    except BatchRejected as error:
        if reconcile or not is_due:
            raise
        # the hub made this comparison by itself: a refusal is recorded, and the day's changes still load
        note = f"; its whole source was refused: {error}"
        result = load_feed(feed_id, as_of, settings, refresh=refresh)
    return (
        f"{feed_id} {as_of}: {result.outcome}, {result.received} received = {result.loaded} loaded "
        f"+ {result.duplicate} duplicate + {result.quarantined} set aside{note}"
    )


def day_to_publish(feed_id: str, as_of: date, wait_for: Sequence[str] = ()) -> date | None:
    """Returns the day that became complete with this feed, or None while another feed is missing or will
    announce it.

    ``wait_for``: feeds pulled together with it that may not be due, and would otherwise arrive after the
    gate. If a feed is loaded again for a past day, the newest published day is returned: that one must be
    built again.
    """
    settings = Settings.from_env()
    day = max(as_of, state.last_published(settings) or as_of)
    loaded = day_status.loaded_until(as_of, settings)
    if day_status.missing_feeds(day, settings) or any(loaded.get(feed) != as_of for feed in wait_for):
        return None
    return day if day_status.claim_announcement(feed_id, as_of, settings) else None


def record_missing_feeds(as_of: date) -> list[str]:
    """Returns the feeds that are late for ``as_of`` and records in the ledger that the day was built without
    them.
    """
    settings = Settings.from_env()
    late = day_status.missing_feeds(as_of, settings)
    if late:
        day_status.record_missing(late, as_of, settings)
    return late


def build(as_of: date, models: Sequence[str] = ()) -> None:
    """Builds what is stale for ``as_of``, or the models named.

    Raises ``StackError`` with the end of dbt's log.
    """
    from hub.build import run

    run.build(as_of, Settings.from_env(), models)


def publish(as_of: date, checked: str) -> PublicationResult | None:
    """Publishes the candidate marts in one transaction.

    ``checked`` is the digest of the batches that the gate passed. Returns None, and publishes nothing, if the
    batches changed since: one that arrived after the check may be in the build, and nobody has checked it.
    """
    from warehouse.publication.publish import publish as publish_day

    settings = Settings.from_env()
    if state.batches_digest(as_of, settings) != checked:
        return None
    return publish_day(as_of, settings)
