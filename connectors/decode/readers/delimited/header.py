"""Reads the header line of delimited text, and explains what is wrong with it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace

from connectors.catalogue.model import Feed, Table
from connectors.decode.readers.delimited.fields import Header
from connectors.decode.readers.delimited.records import (
    BLANKS,
    LONGEST_RECORD_LINES,
    QUOTED,
    Layout,
    in_form,
    rows_of,
)
from connectors.decode.readers.header import check_header, chunk_column_name, declared_names, name_of_unnamed
from connectors.decode.text import SENTINEL
from connectors.errors import BatchRejected

#: The first line by which spreadsheets tell each other the delimiter.
_SEPARATOR = re.compile(r'\ufeff?"?sep=([,;|\t])"? *', re.IGNORECASE)
_AROUND = BLANKS + "\ufeff"
_WRAPPED = re.compile(QUOTED)
#: From this many quoted values on, in columns without an unquoted one, the quotes are no coincidence.
_FEW_WRAPPED = 2
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "|"}
#: The number of first lines that show how wide the table is.
_FIRST = 200
#: A title above the header has at most this many lines.
_TITLE_LINES = 5


def read_header(
    feed: Feed, table: Table, text: str, layout: Layout, *, last: bool = False
) -> tuple[Header | None, Layout, str]:
    """Returns the header, the layout as the file itself has it, and the text below.

    The header is None if ``text`` does not hold all of it yet. Raises ``BatchRejected`` if it is not as
    declared.
    """
    text = text.lstrip("\n") if layout.own else _without_blank_lines(text, layout)
    line, rest, whole = _first_record(text, layout)
    if not line.strip() or not (whole or last):
        return None, layout, text if line.strip() else ""
    separator = _SEPARATOR.fullmatch(line) if layout.quoted else None
    if separator:
        return read_header(feed, table, rest, replace(layout, delimiter=separator[1]), last=last)
    fields, layout = _fields(line, layout)
    received = [name.strip().removeprefix("\ufeff") for name in fields]
    if layout.own:
        names = [chunk_column_name(name) for name in received]
        check_header(feed, table, names)
        return Header(names, received), layout, rest
    names = [
        chunk_column_name(name) or name_of_unnamed(i)
        for i, name in enumerate(declared_names(table, received))
    ]
    check_header(feed, table, names, _hint(table, line, rest, layout))
    _refuse_lone_cr(feed, table, line)
    empty = frozenset(i for i, name in enumerate(received) if not name)
    return Header(names, received, empty), layout, rest


def _refuse_lone_cr(feed: Feed, table: Table, line: str) -> None:
    """Raises ``BatchRejected`` for line ends of CR alone: all lines would be names, and the table without a
    row.

    Within quotes a CR belongs to a name.
    """
    if SENTINEL in line.rstrip(SENTINEL) and '"' not in line:
        raise BatchRejected(
            feed.feed_id,
            f"table {table.name}: a lone CR stands in the header line; the file's lines seem to end with CR "
            "alone, expected LF or CR LF; nothing was loaded, ask the publisher to save it again",
        )


def _without_blank_lines(text: str, layout: Layout) -> str:
    """Returns the text from the first line on that holds more than delimiters."""
    blank = re.compile(rf'(?:[ \t\u3000"{re.escape(layout.delimiter)}]*\n)*+')
    found = blank.match(text)
    return text[found.end() :] if found else text


def _first_record(text: str, layout: Layout) -> tuple[str, str, bool]:
    """Returns the first record, the rest, and whether the record is complete. A name may hold a line end."""
    lines = text.split("\n", LONGEST_RECORD_LINES)
    if layout.quoted:
        for count in range(1, len(lines)):
            record = "\n".join(lines[:count])
            if not record.count('"') & 1:
                return record, "\n".join(lines[count:]), True
        if len(lines) <= LONGEST_RECORD_LINES and lines[0].count('"') & 1:
            return text, "", False
    line, newline, rest = text.partition("\n")
    return line, rest, bool(newline)


def _fields(line: str, layout: Layout) -> tuple[list[str], Layout]:
    """Returns the names of the columns.

    A reply without quotes whose names are all quoted counts as quoted.
    """
    if not layout.quoted:
        fields = [name.strip(_AROUND) for name in line.split(layout.delimiter)]
        if not all(map(_is_wrapped, fields)):
            return [_unwrapped(name) for name in fields], layout
        layout = replace(layout, quoted=True)
    if in_form(layout).fullmatch(line):
        return next(rows_of([line], layout), []), layout
    lines = [f"{part}\n" for part in line.split("\n")]
    names = next(csv.reader(lines, delimiter=layout.delimiter))
    return [_unwrapped(name.strip(_AROUND)) for name in names], layout


def _is_wrapped(text: str) -> bool:
    return _WRAPPED.fullmatch(text) is not None


def _unwrapped(name: str) -> str:
    """Removes quotes around a name: they are never part of it."""
    return name[1:-1].replace('""', '"') if _is_wrapped(name) else name


def quoted_after_all(text: str, layout: Layout) -> Layout:
    """Returns the layout for rows whose values are quoted though no quotes were agreed.

    A single quoted value may really be called so. If all values of a column are quoted, a program quoted
    them, and the whole file is read by the rules for quotes.
    """
    if layout.quoted or '"' not in text:
        return layout
    first = [line.split(layout.delimiter) for line in text.split("\n", _FIRST)[:_FIRST] if line]
    usual = Counter(map(len, first)).most_common(1)[0][0] if first else 0
    wrapped = 0
    # a row that is longer may be so by a delimiter within quotes, which proves nothing yet
    for column in zip(*(fields for fields in first if len(fields) == usual), strict=True):
        filled = [value for value in (field.strip(_AROUND) for field in column) if value]
        if filled and all(map(_is_wrapped, filled)):
            wrapped += len(filled)
    return replace(layout, quoted=True) if wrapped >= _FEW_WRAPPED else layout


def trailing_fields(text: str, header: Header, layout: Layout) -> Header:
    """Returns the header for rows that end with more delimiters than the header line.

    One such row is broken. If most are, the publisher's program writes them so, and the fields behind the
    last name are columns without one.
    """
    first = [line for line in text.split("\n", _FIRST)[:_FIRST] if line]
    if len(first) < 2:
        return header
    named = header.names
    usual, count = Counter(r.count(layout.delimiter) + 1 for r in first).most_common(1)[0]
    more = usual - len(named)
    if more <= 0 or count * 2 <= len(first):
        return header
    ends = sum(r.endswith(layout.delimiter * more) for r in first)
    if ends * 2 <= len(first):
        return header
    added = range(len(named), usual)
    received = None if header.received is None else [*header.received, *[""] * more]
    return Header([*named, *(name_of_unnamed(i) for i in added)], received, header.nameless.union(added))


def _hint(table: Table, line: str, rest: str, layout: Layout) -> str:
    """Returns a guess at the cause of missing required columns. It names no value of the file."""
    declared = {c.source for c in table.columns}

    def known(text: str, delimiter: str) -> int:
        bare = [name.strip().strip('"') for name in text.split(delimiter)]
        return len(declared.intersection(declared_names(table, bare)))

    if "\x00" in line:
        return "; the file seems to be UTF-16, the declaration says " + layout.encoding
    if SENTINEL in line:
        return "; the file's lines seem to end with CR alone, expected LF or CR LF"
    here = known(line, layout.delimiter)
    for delimiter, name in _DELIMITERS.items():
        if delimiter != layout.delimiter and known(line, delimiter) > max(here, 1):
            return f"; the file seems to be delimited by {name}, the declaration says {layout.delimiter!r}"
    for number, below in enumerate(rest.split("\n", _TITLE_LINES)[:_TITLE_LINES], start=2):
        if known(below, layout.delimiter) > max(here, 1):
            return f"; the names seem to stand in line {number}, expected them in the first"
    return ""
