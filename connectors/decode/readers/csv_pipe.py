"""Delimited text: CSV with quotes, and ``|``-separated replies without any.

The text is decoded before it is split: 0x7C (``|``) can be the second byte of a GBK character.
Splitting is pyarrow's; this module sees to it that it gets whole records, that each record keeps its row
number, and that a record with another number of fields is set aside instead of shifting its neighbours.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk, malformed_rows, no_malformed
from connectors.decode.readers.blocks import BLOCK_BYTES, LONGEST_LINE, has_odd_characters, text_blocks
from connectors.decode.readers.header import check_header, kept_as
from connectors.errors import BatchRejected

#: A quoted value may span this many lines; beyond, its opening quote counts as a mistake of that one line.
_LONGEST_RECORD_LINES = 20
#: Python's own limit is 128 KiB; the readers know only one, that of a line.
csv.field_size_limit(LONGEST_LINE)


@dataclass(frozen=True)
class Layout:
    delimiter: str
    quoted: bool
    header: bool
    encoding: str
    null: str | None = None
    #: Lines of the longest record.
    longest: int = _LONGEST_RECORD_LINES


@dataclass
class _Records:
    """Complete records of one block (each a string, perhaps with line ends inside) and broken lines."""

    whole: list[str] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)  # position among all records -> text
    unfinished: str = ""
    text: str | None = None  # the whole records with a line end after each, if that is at hand

    def utf8(self) -> bytes:
        if self.text is None:
            self.text = "".join(f"{record}\n" for record in self.whole)
        return self.text.encode()


def read(feed: Feed, table: Table, path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[RawChunk]:
    form = feed.format
    assert form is not None  # noqa: S101 - the declaration's own check
    quoted = form.kind == "csv"
    delimiter = form.delimiter or ("," if quoted else "|")
    layout = Layout(delimiter, quoted, form.header is not False, feed.encoding)
    return read_delimited(feed, table, path, layout, block_bytes)


def read_delimited(
    feed: Feed, table: Table, path: Path, layout: Layout, block_bytes: int = BLOCK_BYTES
) -> Iterator[RawChunk]:
    """Chunks of at most about ``block_bytes`` of text each."""
    names = None if layout.header else [c.source for c in table.columns]
    row_no = 0
    carry = ""
    for block in text_blocks(path, layout.encoding, feed.feed_id, block_bytes):
        text = carry + block
        carry = ""
        if names is None:
            names, text = _header(feed, table, text, layout)
            if names is None:
                carry = text
                continue
        records = _records(text, layout, len(names))
        carry = records.unfinished
        chunk, count = _parse(records, names, layout, row_no)
        row_no += count
        if count:
            yield chunk
    if names is None:
        raise BatchRejected(
            feed.feed_id, f"table {table.name}: {path.name} has no header line; ask for it again"
        )
    if carry:
        records = _records(carry, layout, len(names), last=True)
        chunk, _ = _parse(records, names, layout, row_no)
        yield chunk


def _header(feed: Feed, table: Table, text: str, layout: Layout) -> tuple[list[str] | None, str]:
    line, newline, rest = text.lstrip("\n").partition("\n")
    if not line.strip():
        return None, ""
    if layout.quoted:
        fields = next(csv.reader([line], delimiter=layout.delimiter))
    else:
        fields = line.split(layout.delimiter)
    names = [kept_as(name.strip().removeprefix("\ufeff")) for name in fields]
    check_header(feed, table, names)
    return names, rest if newline else ""


def _records(text: str, layout: Layout, fields: int, *, last: bool = False) -> _Records:
    """Cuts a block into records. Only lines with an odd number of quotes need a closer look."""
    lines = text.removesuffix("\n").split("\n")
    odd: list[int] = []
    if layout.quoted and '"' in text:
        odd = [i for i, line in enumerate(lines) if '"' in line and line.count('"') & 1]
    if not odd and text.endswith("\n") and not text.startswith("\n") and "\n\n" not in text:
        return _Records(lines, text=text)
    if not odd:
        return _Records([line for line in lines if line])
    return _joined(lines, odd, layout, fields, last)


def _joined(lines: list[str], odd: list[int], layout: Layout, fields: int, last: bool) -> _Records:
    opening = re.compile(rf'(^|{re.escape(layout.delimiter)})"')
    records = _Records()
    done = 0
    pending = iter(odd)
    odd_left = set(odd)
    for start in pending:
        if start < done:
            continue
        records.whole.extend(line for line in lines[done:start] if line)
        done = start + 1
        if not opening.search(lines[start]):
            records.whole.append(lines[start])
            continue
        window = range(start + 1, min(start + 1 + layout.longest, len(lines)))
        end = next((i for i in window if i in odd_left), None)
        whole = "\n".join(lines[start : end + 1]) if end is not None else ""
        if end is not None and _field_count(whole, layout) == fields:
            records.whole.append(whole)
            done = end + 1
        elif end is None and not last and len(lines) - start <= layout.longest:
            records.unfinished = "\n".join(lines[start:]) + "\n"
            return records
        else:
            records.broken[len(records.whole) + len(records.broken)] = lines[start]
    records.whole.extend(line for line in lines[done:] if line)
    return records


def _lines(record: str) -> list[str]:
    """Its lines as the csv module wants them. Not ``splitlines``: U+2028 and the like end no line here, and
    what stands behind the first line of an unquoted value would be lost."""
    *whole, last = record.split("\n")
    return [*(f"{line}\n" for line in whole), last]


def _field_count(record: str, layout: Layout) -> int:
    try:
        rows = list(csv.reader(_lines(record), delimiter=layout.delimiter, strict=True))
    except csv.Error:
        return -1
    return len(rows[0]) if len(rows) == 1 else -1


def _parse(records: _Records, names: list[str], layout: Layout, before: int) -> tuple[RawChunk, int]:
    """The chunk of these records; row numbers go on from ``before``. Returns it and its record count."""
    total = len(records.whole) + len(records.broken)
    positions = np.arange(1, total + 1, dtype=np.int64) + before
    broken = np.array(sorted(records.broken), dtype=np.int64)
    unclosed = "found an opening quote that is never closed"
    bad = [(int(positions[i]), unclosed, records.broken[int(i)]) for i in broken]
    positions = np.delete(positions, broken)
    data = records.utf8()
    frame, wrong = _split(data, records.whole, names, layout)
    for number, count, text in wrong:
        found = f"{count} fields" if count >= 0 else "quotes that do not match"
        bad.append((int(positions[number - 1]), f"found {found}, expected {len(names)} fields", text))
    kept = np.delete(positions, np.array([n - 1 for n, _, _ in wrong], dtype=np.int64))
    frame = frame.with_columns(pl.Series("row_no", kept, dtype=pl.Int64))
    malformed = malformed_rows(sorted(bad)) if bad else no_malformed()
    return RawChunk(frame, malformed, suspect=has_odd_characters(data)), total


_Wrong = list[tuple[int, int, str]]  # (number of the record from 1, its fields or -1, its text)


def _split(data: bytes, records: list[str], names: list[str], layout: Layout) -> tuple[pl.DataFrame, _Wrong]:
    wrong: _Wrong = []
    if not records:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String())), wrong

    def set_aside(row: pa_csv.InvalidRow) -> str:
        wrong.append((row.number, row.actual_columns, row.text))
        return "skip"

    columns = [f"c{i}" for i in range(len(names))]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=columns, block_size=len(data) + 1
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if layout.quoted else False,
                newlines_in_values=layout.quoted,
                invalid_row_handler=set_aside,
                ignore_empty_lines=False,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[layout.null] if layout.null else [],
                strings_can_be_null=layout.null is not None,
                quoted_strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return _split_slowly(records, names, layout)
    if table.num_rows + len(wrong) != len(records):  # a quote inside a line swallowed the next ones
        return _split_slowly(records, names, layout)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101
    return frame.rename(dict(zip(columns, names, strict=True))), wrong


def _split_slowly(records: list[str], names: list[str], layout: Layout) -> tuple[pl.DataFrame, _Wrong]:
    """Record by record, for the rare block whose quotes mislead the fast way."""
    rows: list[list[str | None]] = []
    wrong: _Wrong = []
    for number, record in enumerate(records, start=1):
        try:
            fields = next(csv.reader(_lines(record), delimiter=layout.delimiter, strict=True))
        except csv.Error:
            wrong.append((number, -1, record))
            continue
        if len(fields) != len(names):
            wrong.append((number, len(fields), record))
        else:
            rows.append([None if value == layout.null else value for value in fields])
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row"), wrong
