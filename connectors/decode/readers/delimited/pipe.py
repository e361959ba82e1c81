"""Reads delimited text: CSV with quotes, and ``|``-separated replies without any.

The text is decoded before it is split: 0x7C (``|``) can be the second byte of a GBK character. Each row keeps
its number, and a record with another number of fields is quarantined instead of shifting its neighbours. A
row is a record with something in it: lines of delimiters only, as spreadsheets write them below a table, do
not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk, empty_malformed, malformed_rows
from connectors.decode.readers.blocks import BLOCK_BYTES, has_odd_characters, text_blocks
from connectors.decode.readers.delimited.fields import (
    BLANKS,
    Fields,
    Header,
    split,
    without_blank_rows,
    without_headers,
)
from connectors.decode.readers.delimited.header import quoted_after_all, read_header, trailing_fields
from connectors.decode.readers.delimited.records import Layout, Records, cut_records
from connectors.decode.readers.header import HEADER_AGAIN, name_of_unnamed
from connectors.errors import BatchRejected

_UNCLOSED = "found an opening quote that is never closed"


def read_delimited_file(
    feed: Feed, table: Table, path: Path, block_bytes: int = BLOCK_BYTES
) -> Iterator[RawChunk]:
    """Yields chunks of a file in the declared layout."""
    form = feed.format
    assert form is not None  # noqa: S101 - the declaration's own check
    quoted = form.kind == "csv"
    delimiter = form.delimiter or ("," if quoted else "|")
    layout = Layout(delimiter, quoted, form.header is not False, feed.encoding)
    return read_delimited(feed, table, path, layout, block_bytes)


def read_delimited(
    feed: Feed, table: Table, path: Path, layout: Layout, block_bytes: int = BLOCK_BYTES
) -> Iterator[RawChunk]:
    """Yields chunks of at most about ``block_bytes`` of text each.

    Raises ``BatchRejected`` without a header line.
    """
    header = None if layout.header else Header([c.source for c in table.columns])
    wide = False
    row_no = 0
    carry = ""
    blocks = text_blocks(path, layout.encoding, feed.feed_id, block_bytes)
    for text, last in _with_last(blocks):
        text = carry + text
        carry = ""
        if header is None:
            header, layout, text = read_header(feed, table, text, layout, last=last)
            if header is None:
                carry = text
                continue
        if not wide and text and not layout.own:
            layout = quoted_after_all(text, layout)
            header, wide = trailing_fields(text, header, layout), True
        records = cut_records(text, layout, header.widths, last=last)
        carry = records.unfinished
        chunk, count = _parse(records, header, layout, row_no)
        row_no += count
        if count:
            yield chunk
    if header is None:
        raise BatchRejected(
            feed.feed_id, f"table {table.name}: {path.name} has no header line; ask for it again"
        )


def _with_last(blocks: Iterator[str]) -> Iterator[tuple[str, bool]]:
    """Yields each block, then an empty last one, at which the rest of the text ends."""
    for block in blocks:
        yield block, False
    yield "", True


def _parse(records: Records, header: Header, layout: Layout, before: int) -> tuple[RawChunk, int]:
    """Returns the chunk of these records and its row count; row numbers continue from ``before``."""
    total = len(records.whole) + len(records.broken)
    places = np.delete(np.arange(total, dtype=np.int64), sorted(records.broken))
    data = records.utf8()
    found = split(data, records.whole, header, layout)
    if not layout.own:
        found = without_blank_rows(found)
        if header.received is not None:
            found = without_headers(found, header.received, HEADER_AGAIN)
    is_row = np.ones(total, dtype=bool)
    is_row[places[found.blank]] = False
    numbers = before + np.cumsum(is_row)
    bad = [(int(numbers[place]), _UNCLOSED, text) for place, text in records.broken.items()]
    bad += [(int(numbers[places[number]]), message, text) for number, message, text in found.wrong]
    frame = _mark_longer_rows(_without_empty_columns(found.frame, header), found, header)
    frame = frame.with_columns(pl.Series("row_no", numbers[places[found.numbers]], dtype=pl.Int64))
    malformed = malformed_rows(sorted(bad)) if bad else empty_malformed()
    return RawChunk(frame, malformed, suspect=has_odd_characters(data)), int(is_row.sum())


def _mark_longer_rows(frame: pl.DataFrame, fields: Fields, header: Header) -> pl.DataFrame:
    """Marks, in an undeclared column, the rows with an empty field behind the last column, which is
    ignored.
    """
    rows = np.isin(fields.numbers, fields.longer)
    if not rows.any():
        return frame
    flags = pl.Series(name_of_unnamed(len(header.names)), ["" if is_longer else None for is_longer in rows])
    return frame.with_columns(flags.cast(pl.String))


def _without_empty_columns(frame: pl.DataFrame, header: Header) -> pl.DataFrame:
    """Drops columns with neither a name nor a value."""
    names = [header.names[i] for i in sorted(header.nameless)]
    empty = [name for name in names if (frame[name].fill_null("").str.strip_chars(BLANKS) == "").all()]
    return frame.drop(empty) if empty else frame
