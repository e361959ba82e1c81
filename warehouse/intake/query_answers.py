"""Filters the answers to a query: keeps rows that carry our request id and concern a person we asked about.

A department that answers about somebody else hands over data without permission. Such rows are counted and
quarantined, masked like all others.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from connectors.catalogue import Feed, Table
from connectors.decode.json_text import json_objects, mask_column
from connectors.delivery import AskedPerson, DecodedChunk, Delivery

#: A SOAP answer's "asked, nothing on record".
_NONE_CODE = b"<CODE>0001</CODE>"


def quarantine_unrequested(
    feed: Feed, delivery: Delivery, asked: Sequence[AskedPerson], chunk: DecodedChunk
) -> DecodedChunk:
    """Returns the chunk with rows of another request, or about people not asked for, moved to its quarantined
    rows.
    """
    if feed.mode != "query_reply" or not chunk.good.height:
        return chunk
    table = feed.table(chunk.table)
    kinds: list[tuple[str, str, str, pl.Expr]] = []
    if any(c.name == "request_id" for c in table.columns):
        other = pl.col("request_id") != (delivery.request_id or "")
        message = f"the row answers another request, expected {delivery.request_id}"
        kinds.append(("request_id", "reply_other_request", message, other))
    stranger = ~pl.col("id_number").is_in([s.id_number for s in asked])
    message = f"nobody asked for this person in {delivery.request_id}; it may not be kept"
    kinds.append(("id_number", "reply_not_asked", message, stranger))
    good, quarantined_parts = chunk.good, [chunk.quarantined]
    for column, reason, message, is_wrong in kinds:
        wrong_rows = good.filter(is_wrong.fill_null(True))
        if wrong_rows.height:
            quarantined_parts.append(as_quarantined(table, wrong_rows, column, reason, message))
            good = good.filter(~is_wrong.fill_null(True))
    if len(quarantined_parts) == 1:
        return chunk
    quarantined = pl.concat(quarantined_parts, how="vertical_relaxed").sort("row_no")
    return DecodedChunk(chunk.table, good, quarantined, chunk.received, chunk.observed)


def as_quarantined(
    table: Table, rows: pl.DataFrame, column: str, reason: str, message: str | pl.Expr
) -> pl.DataFrame:
    """Returns decoded rows in the layout of the quarantine: masked, with the reason.

    ``message`` is a text for all rows or an expression over their columns.
    """
    masked_values = {c.name: mask_column(rows[c.name].cast(pl.String), c) for c in table.columns}
    return rows.select(
        "row_no",
        pl.lit(column).alias("column_name"),
        pl.lit(reason).alias("reason_code"),
        (pl.lit(message) if isinstance(message, str) else message).alias("message"),
        json_objects(masked_values, rows.height).alias("payload"),
    )


def nothing_on_record(feed: Feed, delivery: Delivery) -> set[int]:
    """Returns the ``seq`` of the people about whom a SOAP service has nothing on record, as its code says.

    Answer n is about person n (see ``connectors.protocols.landing``), so the landed bytes identify them.
    Empty for other feeds.
    """
    found: set[int] = set()
    if feed.protocol != "soap" or feed.mode != "query_reply":
        return found
    for part in delivery.parts:
        with part.path.open("rb") as answers:
            found |= {seq for seq, line in enumerate(answers, start=1) if _NONE_CODE in line}
    return found
