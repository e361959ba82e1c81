"""Finds deliveries that repeat an earlier one where a change was due.

The same content alone means nothing: where nothing changed, nothing differs. It is reported where a change
was due:

- a list of events, and whatever comes weekly or less often: a new one was due in between;
- what comes every day: it went back to older content, or has been the same for longer than a feed may be
  silent (``freshness.error_days``).

It is never reported where the feed declares ``may_repeat``, where the hub asks for a window of changes
itself, or for a delivery without rows.
"""

from __future__ import annotations

from datetime import date

from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed
from connectors.catalogue.schedule import last_due
from connectors.delivery import Delivery
from warehouse.intake.snapshots import FormerSnapshot, TableComparison

_ASK = "ask the publisher whether an earlier delivery was sent again under a new name"
#: The newest delivery before ``day`` with these bytes, else the first one after it.
_SAME_BYTES = """
    select b.as_of from ops.feed_batches as b
    where b.feed_id = %(feed)s and b.content_sha256 = %(sha256)s and b.as_of <> %(day)s
    order by b.as_of > %(day)s, abs(b.as_of - %(day)s)
    limit 1
"""
#: The day since which the delivery that counted before ``day`` is unchanged, in its bytes or in its rows.
_SINCE = """
    with counted as (
        select b.as_of, coalesce(
            b.content_sha256 = lag(b.content_sha256) over (order by b.as_of)
            or (
                select bool_and(c.same_rows) from ops.delivery_comparisons as c
                where c.batch_id = b.batch_id), false) as is_same
        from ops.feed_batches as b
        where b.feed_id = %(feed)s and b.status = 'loaded' and b.as_of < %(day)s and b.rows_received > 0
    )
    select max(c.as_of) from counted as c where not c.is_same
"""


def repetition_message(
    cursor: Cursor,
    feed: Feed,
    delivery: Delivery,
    former: FormerSnapshot | None,
    compared: list[TableComparison],
    received: int,
) -> str | None:
    """Returns a sentence about a repetition; None if there is none, or if it is nothing odd.

    ``compared`` is the comparison with ``former``, the snapshot in force before; ``received`` the number of
    rows.
    """
    if feed.may_repeat or not received or (feed.mode == "delta" and feed.protocol != "sftp"):
        return None
    sought = {"feed": feed.feed_id, "sha256": delivery.sha256, "day": delivery.as_of}
    cursor.execute(_SAME_BYTES, sought)
    row = cursor.fetchone()
    if row and _is_odd(cursor, feed, delivery, row[0]):
        return f"the content is that of {row[0]}, byte for byte; expected another one: {_ASK}"
    is_same = former and former.as_of != delivery.as_of and compared and all(one.same for one in compared)
    if former and is_same and _is_odd(cursor, feed, delivery, former.as_of):
        return f"every row is as in the delivery of {former.as_of}; expected another content: {_ASK}"
    return None


def _is_odd(cursor: Cursor, feed: Feed, delivery: Delivery, earlier: date) -> bool:
    first, last = sorted((earlier, delivery.as_of))
    if last_due(feed.schedule, last) <= first:
        return False  # the same period: no other content was due
    if feed.cadence != "daily" or feed.mode == "events":
        return True
    cursor.execute(_SINCE, {"feed": feed.feed_id, "day": last})
    ((since,),) = cursor.fetchall()
    if since is None:
        return False
    went_back = since > first
    return bool(went_back or (last - since).days > feed.freshness.error_days)
