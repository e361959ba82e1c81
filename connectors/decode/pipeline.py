"""Decodes a delivery: the reader of its layout, then the cleaners, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from polars.exceptions import PanicException

from connectors.catalogue.model import Feed, Table
from connectors.decode.apart import Reader, read_in_own_process
from connectors.decode.raw import RawChunk, empty_malformed, split_chunk
from connectors.decode.readers import fixed_width, json_pages, sql_rows, xml
from connectors.decode.readers.delimited import pipe
from connectors.decode.readers.workbook import read
from connectors.decode.row_validation import validate
from connectors.decode.text import DecodeContext
from connectors.delivery import DecodedChunk, Delivery, LandedPart
from connectors.errors import BatchRejected

_READERS: dict[str, Reader] = {
    "csv": pipe.read_delimited_file,
    "pipe": pipe.read_delimited_file,
    "fixed_width": fixed_width.read_fixed_width,
    "xlsx": read.read_workbook,
    "xml": xml.read_xml,
    "json": json_pages.read_json_pages,
}
#: Layouts whose library may abort or fill the memory, whatever is checked before: they are read in a process
#: of their own. The others are read by code that fails with an exception, in memory bounded by the readers.
UNTRUSTED = frozenset({"xlsx"})
#: A delivery with more columns is not a department's table: validating it would take the loader hours.
MOST_COLUMNS = 2_000


def decode(
    feed: Feed, delivery: Delivery, *, apart: bool = True, account_key: bytes | None = None
) -> Iterator[DecodedChunk]:
    """Yields every row of the delivery once, good or quarantined; at least one chunk for each part.

    Raises ``BatchRejected`` where the delivery contradicts the declaration or itself (header, trailer,
    response code, row count). That may happen after chunks were yielded: load them in one transaction.
    ``apart`` False reads all layouts in this process: for whoever decodes thousands of small files.
    ``account_key`` is the key of account digests; without one they are null.
    """
    for part in delivery.parts:
        try:
            yield from _decode_part(feed, feed.table(part.table), part, delivery, apart, account_key)
        except PanicException:  # no Exception: nobody above would put it on record
            raise BatchRejected(
                feed.feed_id,
                f"{part.path.name}: the library that works on its columns gave up; report the file's layout",
            ) from None


def _decode_part(
    feed: Feed,
    table: Table,
    part: LandedPart,
    delivery: Delivery,
    apart: bool,
    account_key: bytes | None,
) -> Iterator[DecodedChunk]:
    received = 0
    yielded = False
    for raw in read_part(feed, table, part, apart):
        if raw.frame.width > MOST_COLUMNS:
            raise BatchRejected(
                feed.feed_id,
                f"{part.path.name} has {raw.frame.width - 1} columns, expected {len(table.columns)} and some "
                f"more, at most {MOST_COLUMNS}; ask the publisher to check the header and to save it again",
            )
        context = DecodeContext(delivery.as_of, raw.excel, raw.exponents, account_key)
        for piece in split_chunk(raw):
            chunk = validate(piece, table, context)
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
        yield validate(_nothing(table), table, DecodeContext(as_of=delivery.as_of))


def read_part(feed: Feed, table: Table, part: LandedPart, apart: bool = True) -> Iterator[RawChunk]:
    """Yields the raw chunks of one landed part with the reader of its layout.

    ``apart``: layouts with an untrusted library are read in a process of their own.
    """
    if feed.protocol == "sql":
        return sql_rows.read_sql_rows(feed, table, part.path)
    kind = feed.format.kind if feed.format else "none"
    if apart and kind in UNTRUSTED:
        return read_in_own_process(_READERS[kind], feed, table, part.path)
    return _READERS[kind](feed, table, part.path)


def _nothing(table: Table) -> RawChunk:
    schema = {"row_no": pl.Int64(), **{c.source: pl.String() for c in table.columns}}
    return RawChunk(pl.DataFrame(schema=schema), empty_malformed())
