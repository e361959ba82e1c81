"""Decodes a delivery: the reader of its layout, then the cleaners, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk, no_malformed, slices
from connectors.decode.readers import csv_pipe, fixed_width, json_pages, sql_rows, xlsx, xml
from connectors.decode.rows import judge
from connectors.decode.text import Context
from connectors.errors import BatchRejected
from connectors.types import DecodedChunk, Delivery, LandedPart

_READERS: dict[str, Callable[[Feed, Table, Path], Iterator[RawChunk]]] = {
    "csv": csv_pipe.read,
    "pipe": csv_pipe.read,
    "fixed_width": fixed_width.read,
    "xlsx": xlsx.read,
    "xml": xml.read,
    "json": json_pages.read,
}


def decode(feed: Feed, delivery: Delivery) -> Iterator[DecodedChunk]:
    """Yields every row of the delivery once, good or quarantined; at least one chunk for each part.

    Raises ``BatchRejected`` where the delivery contradicts the declaration or itself (header, trailer,
    response code, row count). That may happen after chunks were yielded: load them in one transaction.
    """
    for part in delivery.parts:
        yield from _decode_part(feed, feed.table(part.table), part, delivery)


def _decode_part(feed: Feed, table: Table, part: LandedPart, delivery: Delivery) -> Iterator[DecodedChunk]:
    received = 0
    yielded = False
    for raw in read_part(feed, table, part):
        context = Context(as_of=delivery.as_of, excel=raw.excel, exponents=raw.exponents)
        for piece in slices(raw):
            chunk = judge(piece, table, context)
            received += chunk.received
            yielded = True
            yield chunk
    if part.rows_expected is not None and received != part.rows_expected:
        raise BatchRejected(
            feed.feed_id,
            f"table {table.name} has {received} rows, {part.rows_expected} were announced; "
            "ask the publisher to send the batch again",
        )
    if not yielded:
        yield judge(_nothing(table), table, Context(as_of=delivery.as_of))


def read_part(feed: Feed, table: Table, part: LandedPart) -> Iterator[RawChunk]:
    if feed.protocol == "sql":
        return sql_rows.read(feed, table, part.path)
    kind = feed.format.kind if feed.format else "none"
    return _READERS[kind](feed, table, part.path)


def _nothing(table: Table) -> RawChunk:
    schema = {"row_no": pl.Int64(), **{c.source: pl.String() for c in table.columns}}
    return RawChunk(pl.DataFrame(schema=schema), no_malformed())
