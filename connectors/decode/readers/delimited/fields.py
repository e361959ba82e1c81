"""Splits records into fields: the fast way where quotes leave no doubt, record by record where they do.

The fast way is pyarrow's. It accepts any quotes silently: of ``"first"second`` it makes ``firstsecond``. So
quotes are examined before, and a block that has one out of form is split strictly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from connectors.decode.readers.delimited.records import BLANKS as BLANKS_OF_LINE
from connectors.decode.readers.delimited.records import Layout, Lines, in_form, rows_of

_QUOTE, _NEWLINE = 0x22, 0x0A
#: Blanks an empty field may hold. Not every blank of Unicode: some are control characters here.
BLANKS = BLANKS_OF_LINE + "\n"
#: The end-of-file mark of DOS: alone in a line it is no row. A line of NULs is one: a row was lost.
_DOS_END = "\x1a"
#: A blank (the last byte of a wide one, too) or a backslash before a quote.
_BEFORE_DOUBTFUL = (0x20, 0x09, 0x80, 0xA0, 0x5C)
_OUT_OF_FORM = (
    "found quotes that do not match, expected a quoted value to begin and end with a quote and quotes in it "
    "doubled (not after a backslash)"
)


@dataclass(frozen=True)
class Header:
    """``names`` of the columns in a chunk; ``received``: what stands above them, None without a header line.

    ``nameless``: the columns without a name. They do not count if they hold no value.
    """

    names: list[str]
    received: list[str] | None = None
    nameless: frozenset[int] = frozenset()

    @property
    def widths(self) -> range:
        """Returns how many fields a row may have: at least those of the columns with a name."""
        named = max((i + 1 for i in range(len(self.names)) if i not in self.nameless), default=0)
        return range(named, len(self.names) + 1)


@dataclass
class Fields:
    """The rows of one block. Numbers are of records, from 0."""

    frame: pl.DataFrame
    numbers: npt.NDArray[np.int64]
    #: (number, message, text) of records that are no row of the table
    wrong: list[tuple[int, str, str]] = field(default_factory=list)
    #: Records in which every field is empty: no rows at all.
    blank: list[int] = field(default_factory=list)
    #: Rows that were read without the empty fields they have beyond the header.
    longer: list[int] = field(default_factory=list)


def split(data: bytes, records: Sequence[str], header: Header, layout: Layout) -> Fields:
    """Splits ``records`` into fields; ``data`` is their text, each with a line end, in UTF-8."""
    if not len(records):
        return Fields(_frame([], header), np.empty(0, dtype=np.int64))
    found = None
    if not layout.quoted or _quotes_in_form(data, layout):
        found = _split_fast(data, records, header, layout)
    if found is None:
        found = _split_strictly(records, header, layout)
    return found


def _quotes_in_form(data: bytes, layout: Layout) -> bool:
    """Tells whether every quote opens or closes a whole field, or is one of a pair within (RFC 4180).

    Quotes are also in form if none stands at the beginning of a field or behind a backslash: all are
    characters. Quotes open and close in turn; a pair closes and opens again, so it needs no rule of its own.
    """
    array = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(array == _QUOTE)
    if not len(quotes):
        return True
    beginning = (_NEWLINE, ord(layout.delimiter), *_BEFORE_DOUBTFUL)
    if quotes[0] > 0 and not np.isin(array[quotes - 1], beginning).any():
        return True
    if len(quotes) & 1:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    around = (_NEWLINE, ord(layout.delimiter), _QUOTE)
    before = array[opening - 1]
    before[opening == 0] = _NEWLINE
    return bool(np.isin(before, around).all() and np.isin(array[closing + 1], around).all())


def _split_fast(data: bytes, records: Sequence[str], header: Header, layout: Layout) -> Fields | None:
    """Splits with pyarrow; returns None if a quote inside a line swallowed the next lines."""
    count = len(records)
    other: list[tuple[int, str]] = []

    def set_aside(row: pa_csv.InvalidRow) -> str:
        other.append((row.number - 1, row.text))
        return "skip"

    columns = [f"c{i}" for i in range(len(header.names))]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=columns, block_size=len(data) + 1
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if layout.quoted else False,
                # where each record is a line, the parser need not look for its end first
                newlines_in_values=layout.quoted and not isinstance(records, Lines),
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
        return None
    if table.num_rows + len(other) != count:
        return None
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101
    frame = frame.rename(dict(zip(columns, header.names, strict=True)))
    numbers = np.delete(np.arange(count, dtype=np.int64), [number for number, _ in other])
    fast = Fields(frame, numbers)
    if other:
        texts = [text for _, text in other]
        rest = _split_strictly(texts, header, layout, [number for number, _ in other])
        fast = _merged(fast, rest)
    return fast


def _merged(one: Fields, other: Fields) -> Fields:
    numbers = np.concatenate([one.numbers, other.numbers])
    order = np.argsort(numbers)
    frame = pl.concat([one.frame, other.frame])[order] if other.frame.height else one.frame
    return Fields(frame, numbers[order], one.wrong + other.wrong, one.blank + other.blank, other.longer)


def _split_strictly(
    records: Sequence[str], header: Header, layout: Layout, numbers: list[int] | None = None
) -> Fields:
    """Splits record by record. ``numbers``: those of the records, if these are not all there are."""
    places = range(len(records)) if numbers is None else numbers
    wrong: list[tuple[int, str, str]] = []
    good: list[tuple[int, list[str], str]] = []
    if layout.quoted:
        form = in_form(layout)
        formed = [(n, r) for n, r in zip(places, records, strict=True) if form.fullmatch(r)]
        rows = rows_of((r for _, r in formed), layout)
        good = [(n, fields, r) for (n, r), fields in zip(formed, rows, strict=True)]
        if len(formed) < len(records):
            known = {n for n, _ in formed}
            lost = zip(places, records, strict=True)
            wrong = [(n, _OUT_OF_FORM, r) for n, r in lost if n not in known]
    else:
        good = [(n, r.split(layout.delimiter), r) for n, r in zip(places, records, strict=True)]
    return _fitted(good, wrong, header, layout)


def _fitted(
    found: list[tuple[int, list[str], str]],
    wrong: list[tuple[int, str, str]],
    header: Header,
    layout: Layout,
) -> Fields:
    """Keeps only rows with the right number of fields; fields of columns without a name may be left out."""
    width = len(header.names)
    rows: list[list[str | None]] = []
    numbers, blank, longer = [], [], []
    # a delimiter may stand in values here: an empty field at the end may be the last column, moved by one
    moved = layout.own or not layout.quoted or any(_says_more(fields, width) for _, fields, _ in found)
    for number, fields, text in found:
        if len(fields) != width and not layout.own and not any(f.strip(BLANKS + _DOS_END) for f in fields):
            blank.append(number)
        elif len(fields) in header.widths:
            rows.append([*fields, *[""] * (width - len(fields))])
            numbers.append(number)
        elif len(fields) > width and not moved:
            rows.append([*fields[:width]])
            numbers.append(number)
            longer.append(number)
        else:
            wrong.append((number, f"found {len(fields)} fields, expected {width} fields", text))
    if layout.null is not None:
        rows = [[None if value == layout.null else value for value in row] for row in rows]
    return Fields(_frame(rows, header), np.array(numbers, dtype=np.int64), wrong, blank, longer)


def _says_more(fields: list[str], width: int) -> bool:
    return any(value.strip(BLANKS) for value in fields[width:])


def _frame(rows: list[list[str | None]], header: Header) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else [[] for _ in header.names]
    return pl.DataFrame(
        [pl.Series(name, column, dtype=pl.String) for name, column in zip(header.names, columns, strict=True)]
    )


def without_blank_rows(found: Fields) -> Fields:
    """Takes out rows in which every field is empty: they are no rows, as in a workbook."""
    rows = np.arange(found.frame.height)
    for name in found.frame.columns:
        values = found.frame[name]
        some = values if len(rows) == len(values) else values.gather(rows)
        rows = rows[(some.str.strip_chars(BLANKS).fill_null("") == "").to_numpy()]
        if not len(rows):
            return found
    return _without(found, rows, [*found.blank, *found.numbers[rows].tolist()], found.wrong)


def without_headers(found: Fields, received: list[str], message: str) -> Fields:
    """Takes out, as malformed, rows that repeat the header: one file was appended to another."""
    rows = np.arange(found.frame.height)
    for name, above in zip(found.frame.columns, received, strict=True):
        values = found.frame[name]
        some = values if len(rows) == len(values) else values.gather(rows)
        rows = rows[(some.str.strip_chars(BLANKS + "\ufeff") == above).to_numpy()]
        if not len(rows):
            return found
    text = ",".join(received)
    repeated = [(int(number), message, text) for number in found.numbers[rows]]
    return _without(found, rows, found.blank, found.wrong + repeated)


def _without(
    found: Fields, rows: npt.NDArray[np.int64], blank: list[int], wrong: list[tuple[int, str, str]]
) -> Fields:
    keep = np.ones(found.frame.height, dtype=bool)
    keep[rows] = False
    return Fields(found.frame.filter(pl.Series(keep)), found.numbers[keep], wrong, blank, found.longer)
