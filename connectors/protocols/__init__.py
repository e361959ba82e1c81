"""Pulls data, one package per way in which a department hands it over. Callers need only ``pull``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from connectors.catalogue.model import Feed
from connectors.connections import Connection
from connectors.delivery import AskedPerson, Delivery, Window
from connectors.protocols.retry import Retry

__all__ = ["Retry", "pull"]


def pull(
    feed: Feed,
    as_of: date,
    window: Window,
    connection: Connection,
    landing_dir: Path,
    people: Sequence[AskedPerson] = (),
    *,
    retry: Retry | None = None,
) -> Delivery:
    """Fetches one period of one feed into the landing area (see ``landing`` for the files).

    ``people`` are those whom a query_reply feed is asked about. Raises a ``FeedError``
    (``SourceUnavailable``, ``NotYetDelivered``, ``BatchRejected``) or ``ConnectionMissing``.
    """
    retry = retry or Retry()
    # each protocol's library is imported only when a feed needs it: they are slow to load
    if feed.protocol == "sql":
        from connectors.protocols.sql.pull import pull_sql as puller
    elif feed.protocol == "rest":
        from connectors.protocols.rest.pull import pull_rest as puller
    elif feed.protocol == "soap":
        from connectors.protocols.soap.pull import pull_soap as puller
    else:
        from connectors.protocols.sftp.pull import pull_sftp as puller
    return puller(feed, as_of, window, connection, landing_dir, people, retry)
