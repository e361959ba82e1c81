"""Quarantines rows of a delta whose change time lies after the day that was read.

The newest version of a key is in force. A row that claims to have been changed in 2030 would hide every later
change for years; and in a past day that is loaded again it would count too early. Such a row is quarantined
and reported. In a comparison with the whole source its key counts as present.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from connectors.catalogue import Feed
from connectors.delivery import DecodedChunk
from warehouse.intake.query_answers import as_quarantined

REASON = "time_in_future"


def quarantine_later_changes(feed: Feed, until: datetime | None, chunk: DecodedChunk) -> DecodedChunk:
    """Returns the chunk with the rows changed at ``until`` or later moved to its quarantined rows.

    ``until`` is the end of the day or window; None for feeds that are not deltas: their chunks stay as they
    are.
    """
    if feed.cursor is None or until is None or not chunk.good.height:
        return chunk
    column = feed.cursor.column
    # a change may be dated by its day only
    later = (pl.col(column).cast(pl.Datetime("us")) >= until).fill_null(False)
    rows = chunk.good.filter(later)
    if not rows.height:
        return chunk
    message = pl.format(
        "found {}, expected a change time before {}: the end of the day that was read; it comes with the day "
        "it names, or when the publisher corrects it",
        pl.col(column).cast(pl.String).str.slice(0, 19),
        pl.lit(f"{until:%Y-%m-%d %H:%M}"),
    )
    aside = as_quarantined(feed.table(chunk.table), rows, column, REASON, message)
    quarantined = pl.concat([chunk.quarantined, aside], how="vertical_relaxed").sort("row_no")
    return DecodedChunk(chunk.table, chunk.good.filter(~later), quarantined, chunk.received, chunk.observed)
