"""Knows what departments write where they have no value: one vocabulary per type, and a column's own beside
it.

``UNKNOWN`` words say that a value is missing. ``OPEN_END`` words and days say that there is no end. Both are
null in raw, and what was received stays in ``as_received``. A word that a code list declares is that code.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from connectors.catalogue.column import Column
from connectors.decode import rules
from connectors.decode.characters import fold
from connectors.decode.text import Bools, Ints, mask_of, scatter

#: What programs write for a missing value, in any case, also in brackets or quotes: ``(null)``.
_MACHINES = ("NULL", "\\N", "NIL", "NONE", "NAN", "NAT", "NA", "N/A", "N.A.", "UNDEFINED")
_STROKES = ("-", "--", "---", "----", "—", "——", "–", "_", "__", "/", "//", "\\")
#: Words people write for it. In free text or a code list such a word may be an answer; in a flag 无 means no.
_UNSAID = (
    *(
        "空",
        "空值",
        "空白",
        "不详",
        "未知",
        "不明",
        "暂缺",
        "缺失",
        "未填",
        "未填写",
        "未提供",
        "未采集",
        "未录入",
    ),
    *("待补", "待补录", "待核实", "待定", "保密", "无数据", "无记录"),
)
_PEOPLE = ("无", "没有", "暂无", *_UNSAID)

_SIGNS = (*_MACHINES, *_STROKES)
_VALUE = (*_SIGNS, *_PEOPLE)

#: By type: the words that are no value.
UNKNOWN: dict[str, tuple[str, ...]] = {
    "text": _MACHINES,
    "flag": (*_SIGNS, *_UNSAID),
    "code": _SIGNS,
    **dict.fromkeys(("name", "id_number", "uscc", "certificate_no", "account", "region"), _VALUE),
    **dict.fromkeys(("integer", "decimal", "amount"), _VALUE),
    **dict.fromkeys(("date", "month", "timestamp"), (*_VALUE, "-INFINITY")),
}

_ENDLESS = (
    *("长期", "长期有效", "永久", "永久有效", "终身", "终身有效", "至今", "迄今", "至今有效"),
    *(
        "无期限",
        "无固定期限",
        "无限期",
        "不限期",
        "不限",
        "无截止日期",
        "长久",
        "长久有效",
        "INFINITY",
        "+INFINITY",
    ),
    *("无期", "无期徒刑"),
)
#: By type: the words that say that there is no end.
OPEN_END: dict[str, tuple[str, ...]] = dict.fromkeys(("date", "month", "timestamp"), _ENDLESS)

#: Years in which a day of a person, a paper or a payment lies. The first day of a year before them is where
#: a program begins to count (.NET, SQL Server, Windows); first and last days of years behind say "no end".
FIRST_YEAR, LAST_YEAR = 1850, 2100
#: Every day of the year 9999 says that there is no end, even one that is in no calendar.
OPEN_YEAR = 9999
#: Other days that stand for a missing one, as (year, month, day): zeros, also one zone further west; zeros as
#: JDBC reads them; zero as a spreadsheet shows it.
NO_DAYS = ((0, 0, 0), (0, 1, 1), (0, 12, 31), (2, 11, 30), (1900, 1, 0))
#: First days of databases and spreadsheets, also one zone further west: they mean "no end", unless the row's
#: own start lies before them. As a birth date such a day may be real.
FIRST_DAYS = (
    *(date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1904, 1, 1)),
    *(date(1969, 12, 31), date(1970, 1, 1)),
)

#: Finds full-width characters and the like: such a text is folded before it is compared.
_OTHER_FORM = r"^.{0,3}[\x{FF01}-\x{FFEF}\x{FE58}-\x{FE6F}\x{2010}-\x{2015}\x{2212}]"


def no_value_words(column: Column) -> tuple[str, ...]:
    """Returns every word that means "no value" in this column, as it is declared."""
    kind = "account" if rules.is_identifier(column) else column.type
    own = (*column.nothing, *column.open_end)
    return (*UNKNOWN[kind], *OPEN_END.get(column.type, ()), *own)


def find_no_value(texts: pl.Series, column: Column) -> Bools:
    """Returns the rows whose text is one of the column's words for "no value"."""
    pattern = _pattern(no_value_words(column), tuple(column.codes or ()))
    found = mask_of(texts.str.contains(pattern))
    wide = np.flatnonzero(mask_of(texts.str.contains(_OTHER_FORM)))
    if len(wide):
        found[wide] = mask_of(fold(texts.gather(wide)).str.contains(pattern))
    return found


@cache
def _pattern(words: tuple[str, ...], codes: tuple[str, ...]) -> str:
    unambiguous = {_folded(word) for word in words} - {_folded(code) for code in codes}
    longest_first = sorted(unambiguous, key=lambda word: (-len(word), word))
    either = "|".join(re.escape(word).replace("/", r"\s*/\s*") for word in longest_first)
    return rf"""^(?i:[\s(\[<{{'"“]*(?:{either})[\s)\]>}}'"”]*)$"""


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).upper()


def is_no_day(year: Ints, month: Ints, day: Ints) -> Bools:
    """Returns the rows whose day stands for none, or for no end."""
    first, last = (month == 1) & (day == 1), (month == 12) & (day == 31)
    found = (year >= OPEN_YEAR) | (_before(year) & first) | ((year > LAST_YEAR) & (first | last))
    for one in NO_DAYS:
        found = found | ((year == one[0]) & (month == one[1]) & (day == one[2]))
    return np.asarray(found)


def is_no_month(year: Ints, month: Ints) -> Bools:
    """Returns the rows whose month stands for none, or for no end. In the year 0 that is every month."""
    found = (year == 0) | (year == OPEN_YEAR) | ((year == 2) & (month == 11))
    found = found | (_before(year) & (month == 1)) | ((year > LAST_YEAR) & ((month == 1) | (month == 12)))
    return np.asarray(found)


def _before(year: Ints) -> Bools:
    return np.asarray((year > 0) & (year < FIRST_YEAR))


def is_first_day(values: pl.Series, start: pl.Series | None) -> Bools:
    """Returns the rows of a column of ends whose day is only where a program begins to count (1900-01-01).

    A row whose ``start`` is not after that day really ends on it.
    """
    days = values.cast(pl.Date)
    found = mask_of(days.is_in(list(FIRST_DAYS)))
    if start is not None and found.any():
        found &= ~mask_of(start.cast(pl.Date) <= days)
    return found


def set_null(values: pl.Series, rows: Bools) -> pl.Series:
    """Returns a copy with null at ``rows``."""
    return scatter(values, np.flatnonzero(rows), None)


def documented_words() -> list[tuple[str, tuple[str, ...]]]:
    """Returns the vocabulary as in ``docs/explain/values.md``: types with the same words together."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for kind, words in UNKNOWN.items():
        rows.setdefault(words, []).append(f"`{kind}`")
    unknown = [(", ".join(kinds), words) for words, kinds in rows.items()]
    return [*unknown, ("no end", _ENDLESS)]
