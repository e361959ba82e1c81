"""Cuts a block of delimited text into records: a quoted value may hold line ends."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import overload

import numpy as np

from connectors.decode.readers.blocks import LONGEST_LINE

#: A quoted value may span this many lines; beyond, its opening quote counts as a mistake of that one line.
LONGEST_RECORD_LINES = 20
_FEW_COLUMNS = 2
_QUOTE, _NEWLINE = 0x22, 0x0A
#: Blanks that do not belong to a value when they stand around it.
BLANKS = " \t\u3000\xa0"
_BLANK_AT_QUOTE = re.compile(rf'[{BLANKS}]"|"[{BLANKS}]')
#: A quoted value from its first to its last character.
QUOTED = r'"[^"]*+(?:""[^"]*+)*+"'
#: Python's own limit is 128 KiB; the readers know only one, that of a line.
csv.field_size_limit(LONGEST_RECORD_LINES * LONGEST_LINE)


@dataclass(frozen=True)
class Layout:
    """The layout of delimited text: delimiter, quotes, header line, encoding, and the text for NULL."""

    delimiter: str
    quoted: bool
    header: bool
    encoding: str
    null: str | None = None
    #: Lines of the longest record.
    longest: int = LONGEST_RECORD_LINES
    #: Whether the hub wrote the file itself: no department's habits to undo, and an empty row is a row.
    own: bool = False


@dataclass
class Records:
    """Complete records of one block (each a string, perhaps with line ends inside) and broken lines."""

    whole: Sequence[str]
    broken: dict[int, str] = field(default_factory=dict)  # position among all records -> text
    unfinished: str = ""

    def utf8(self) -> bytes:
        """Returns the whole records as UTF-8, each with a line end."""
        if isinstance(self.whole, Lines):
            return self.whole.utf8
        return "".join(f"{record}\n" for record in self.whole).encode()


class Lines(Sequence[str]):
    """The lines of a text, none of them empty. They are cut only for whoever asks for one: few do."""

    def __init__(self, text: str, utf8: bytes) -> None:
        self.utf8 = utf8
        self._text = text
        self._count = utf8.count(b"\n")
        self._lines: list[str] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if self._lines is None:
            self._lines = self._text.removesuffix("\n").split("\n")
        return self._lines[index]


def cut_records(text: str, layout: Layout, fields: range, *, last: bool = False) -> Records:
    """Cuts a block into records.

    A record has as many fields as ``fields`` allows, or is quarantined when it is split.

    Only lines with an odd number of quotes need a closer look.
    """
    if text.endswith("\n") and not text.startswith("\n") and "\n\n" not in text:
        utf8 = text.encode()
        if not (layout.quoted and _has_odd_lines(utf8)):
            return Records(Lines(text, utf8))
    lines = text.removesuffix("\n").split("\n")
    odd: list[int] = []
    if layout.quoted and '"' in text:
        odd = [i for i, line in enumerate(lines) if '"' in line and line.count('"') & 1]
    if not odd:
        return Records([line for line in lines if line])
    return _joined(lines, odd, layout, fields, last)


def _has_odd_lines(utf8: bytes) -> bool:
    """Tells whether any line holds an odd number of quotes: then the count up to some line end is odd."""
    array = np.frombuffer(utf8, dtype=np.uint8)
    quotes = array == _QUOTE
    if not quotes.any():
        return False
    odd_so_far = np.bitwise_xor.accumulate(quotes.view(np.uint8))
    return bool(odd_so_far[array == _NEWLINE].any())


def _joined(lines: list[str], odd: list[int], layout: Layout, fields: range, last: bool) -> Records:
    opening = re.compile(rf'(^|{re.escape(layout.delimiter)})[{BLANKS}]*"')
    whole_ones: list[str] = []
    records = Records(whole_ones)
    done = 0
    odd_left = set(odd)
    for start in odd:
        if start < done:
            continue
        whole_ones.extend(line for line in lines[done:start] if line)
        done = start + 1
        if not opening.search(lines[start]) or _field_count(lines[start], layout) in fields:
            whole_ones.append(lines[start])
            continue
        window = range(start + 1, min(start + 1 + layout.longest, len(lines)))
        end = next((i for i in window if i in odd_left), None)
        whole = "\n".join(lines[start : end + 1]) if end is not None else ""
        if end is not None and _field_count(whole, layout) in fields and not _are_rows(whole, layout, fields):
            whole_ones.append(whole)
            done = end + 1
        elif end is None and not last and len(lines) - start <= layout.longest:
            records.unfinished = "\n".join(lines[start:]) + "\n"
            return records
        else:
            records.broken[len(whole_ones) + len(records.broken)] = lines[start]
    whole_ones.extend(line for line in lines[done:] if line)
    return records


def _are_rows(record: str, layout: Layout, fields: range) -> bool:
    """Tells whether each line of a record is a row by itself.

    Then two lone quotes stand in two rows, and reading the text between them as one value would lose the
    rows. A table of one or two columns proves nothing of the kind.
    """
    if layout.own or fields.start <= _FEW_COLUMNS:
        return False
    return all(line.count(layout.delimiter) + 1 in fields for line in record.split("\n"))


def _field_count(record: str, layout: Layout) -> int:
    """Returns how many fields a record has; -1 if its quotes are not in form."""
    if not in_form(layout).fullmatch(record):
        return -1
    rows = list(rows_of([record], layout))
    return len(rows[0]) if len(rows) == 1 else -1


@cache
def in_form(layout: Layout) -> re.Pattern[str]:
    """Returns the pattern of a record whose quotes can be read in one way only (RFC 4180).

    A quoted field is quoted from its first to its last character, with quotes inside doubled; blanks around
    the quotes are not part of its value. An unquoted field may hold quotes as plain characters, but not as
    its first character and not after a backslash.
    """
    d = re.escape(layout.delimiter)
    blanks = _blanks(layout)
    quoted = f"{blanks}{QUOTED}{blanks}"
    plain = rf'(?![{BLANKS}]*")[^"\n{d}]*+(?:(?<!\\)"[^"\n{d}]*+)*+'
    either = f"(?:{quoted}|{plain})"
    return re.compile(f"{either}(?:{d}{either})*+")


def rows_of(records: Iterable[str], layout: Layout) -> Iterator[list[str]]:
    """Splits records that are in form into their fields."""
    lines = (line for record in records for line in _lines(_bare(record, layout)))
    return csv.reader(lines, delimiter=layout.delimiter, strict=True)


def _bare(record: str, layout: Layout) -> str:
    """Removes blanks around quoted fields: the csv module would take them for part of the value."""
    return _padded(layout).sub(r"\1\2", record) if _BLANK_AT_QUOTE.search(record) else record


@cache
def _padded(layout: Layout) -> re.Pattern[str]:
    d = re.escape(layout.delimiter)
    blanks = _blanks(layout)
    return re.compile(rf"(\A|{d}){blanks}({QUOTED}){blanks}(?={d}|\Z)")


def _blanks(layout: Layout) -> str:
    """Returns a pattern of blanks that may stand around quotes. A file the hub wrote has none."""
    return "" if layout.own else "[" + BLANKS.replace(layout.delimiter, "") + "]*+"


def _lines(record: str) -> list[str]:
    """Its lines as the csv module wants them. Not ``splitlines``: U+2028 and the like end no line here, and
    what stands behind the first line of an unquoted value would be lost."""
    *whole, last = record.split("\n")
    return [*(f"{line}\n" for line in whole), last]
