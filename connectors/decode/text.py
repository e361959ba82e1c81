"""Vectorised helpers on text columns, shared by the cleaners."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.decode.characters import REPLACEMENT, clean_characters
from connectors.decode.row_masks import Bools, Ints, mask_of, scatter

#: Characters that no column may hold: C0 (but tab and line ends), DEL, C1, and the sentinel the readers put
#: where a format (XML) cannot carry the original byte.
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{fdd0}]"
SENTINEL = "\ufdd0"

#: Text of a formula that failed, in any program, also where it was saved as text, or of a column too narrow
#: for its number. It is no value.
EXCEL_ERROR = (
    r"(?i)^(?:#(?:N/A|DIV/0!|NAME\?|(?:REF|VALUE|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|CONNECT|UNKNOWN|BUSY|ERROR)!"
    r"|ERROR|DELETED|GETTING_DATA|FORMULA|MERGED|#{2,})|Err:5[0-9]{2})$"
)
#: Text the workbook reader writes for a formula that was never computed, and for a cell merged with others.
UNCOMPUTED, MERGED = "#FORMULA", "#MERGED"


@dataclass(frozen=True)
class DecodeContext:
    """What cleaning depends on besides the value: the clock, and what the layout allows.

    ``excel``: dates may be serial numbers. ``exponents``: a program wrote the numbers, never a spreadsheet,
    so one with an exponent has all its digits. ``account_key``: the key of account digests; it never reaches
    the process that reads a file apart.
    """

    as_of: date
    excel: bool = False
    exponents: bool = False
    account_key: bytes | None = field(default=None, repr=False)


@dataclass
class Cleaned:
    """One cleaned column.

    ``values``: the typed column. ``problems``: (rows, reason code); the first match decides. ``changed``:
    rows where the value differs in substance from the received text; None means none. ``nothing``: rows whose
    text means "no value" (``0000-00-00``); None means none. A text that became null and is not among them
    could not be read.
    """

    values: pl.Series
    problems: list[tuple[Bools, str]] = field(default_factory=list)
    changed: Bools | None = None
    nothing: Bools | None = None

    def add_nothing(self, rows: Bools) -> None:
        """Marks ``rows`` as holding no value, and keeps what was received."""
        self.nothing = rows if self.nothing is None else self.nothing | rows
        self.changed = rows if self.changed is None else self.changed | rows


def trim(received: pl.Series) -> pl.Series:
    """Removes outer blanks and Excel's text markers (``="..."``, a leading apostrophe); empty becomes null.

    Invisible characters are removed everywhere in the text.
    """
    text = clean_characters(received).str.strip_chars()
    marked = mask_of(text.str.starts_with("=") | text.str.starts_with("'"))
    if marked.any():
        rows = np.flatnonzero(marked)
        bare = (
            text.gather(rows)
            .str.replace(r'^="(.*)"$', "$1")
            .str.replace(r"^'", "")
            .str.replace_all('""', '"', literal=True)
            .str.strip_chars()
        )
        text = scatter(text, rows, bare)
    empty = mask_of(text == "")
    return scatter(text, np.flatnonzero(empty), None) if empty.any() else text


def differs(values: pl.Series, received: pl.Series) -> Bools:
    """Returns the rows whose text differs from what was received, apart from blank padding at the end."""
    same = values.eq_missing(received)
    rest = np.flatnonzero(~mask_of(same))
    changed = np.zeros(len(values), dtype=bool)
    if len(rest):
        bare = received.gather(rest).str.strip_chars_end(" \t\r\n\u3000")
        bare = bare.set(bare == "", None)
        changed[rest] = ~mask_of(values.gather(rest).eq_missing(bare))
    return changed


def byte_matrix(texts: pl.Series, width: int) -> npt.NDArray[np.uint8]:
    """Returns texts of exactly ``width`` bytes each (no nulls) as an array of shape (n, width)."""
    if not len(texts):
        return np.empty((0, width), dtype=np.uint8)
    arrow: Any = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    offsets = np.frombuffer(arrow.buffers()[1], dtype=np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    data = np.frombuffer(arrow.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    return data.reshape(len(arrow), width)


def number_at(digits: npt.NDArray[np.uint8], start: int, stop: int) -> Ints:
    """Returns the decimal number in the digit columns [start, stop) of a matrix of digit values."""
    total = np.zeros(len(digits), dtype=np.int64)
    for position in range(start, stop):
        total = total * 10 + digits[:, position]
    return total


_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)


def is_calendar_day(year: Ints, month: Ints, day: Ints) -> Bools:
    """Returns the rows whose year, month and day are a day of the Gregorian calendar."""
    month_ok = (month >= 1) & (month <= 12)
    last = _MONTH_DAYS[np.where(month_ok, month, 0)]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = last + ((month == 2) & leap)
    result: Bools = month_ok & (day >= 1) & (day <= last)
    return result


def days_of(year: Ints, month: Ints, day: Ints) -> Ints:
    """Returns the days since 1970-01-01 of proleptic Gregorian dates."""
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    result: Ints = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    return result


__all__ = [
    "CONTROL",
    "EXCEL_ERROR",
    "MERGED",
    "REPLACEMENT",
    "SENTINEL",
    "Bools",
    "Cleaned",
    "DecodeContext",
    "Ints",
    "byte_matrix",
    "days_of",
    "differs",
    "is_calendar_day",
    "mask_of",
    "number_at",
    "scatter",
    "trim",
]
