"""What departments write where they have no value: one vocabulary per type, and a column's own beside it.

``UNKNOWN`` words say that a value is missing. ``OPEN_END`` words and days say something: there is no end.
Both are null in raw, and what was received stays in ``as_received``. A word that a code list declares is that
code.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from connectors.catalogue.model import Column
from connectors.decode import rules
from connectors.decode.characters import plain
from connectors.decode.text import Bools, mask_of, put

#: What programs write for a missing value, in any case, also in brackets or quotes: ``(null)``.
_MACHINES = ("NULL", "\\N", "NIL", "NONE", "NAN", "NAT", "NA", "N/A", "UNDEFINED")
_STROKES = ("-", "--", "---", "----", "—", "——", "–", "_", "__", "/", "//", "\\")
#: What people write. In a free text or a list of codes such a word may be the answer, in a flag 无 is no.
_UNSAID = ("空", "空值", "不详", "未知", "不明", "暂缺", "未填", "未填写", "未提供", "无数据")
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
    *("无期限", "无固定期限", "无限期", "不限", "INFINITY"),
)
#: By type: the words that say that there is no end.
OPEN_END: dict[str, tuple[str, ...]] = dict.fromkeys(("date", "month", "timestamp"), _ENDLESS)

#: Days that stand for a missing one, as (year, month, day): zeros; the first day of .NET and of SQL Server's
#: datetime, that of .NET also one zone further west; zeros as JDBC reads them.
NO_DAYS = ((0, 0, 0), (0, 1, 1), (0, 12, 31), (1, 1, 1), (2, 11, 30), (1753, 1, 1))
#: Days that say that there is no end. Of the year 9999 it is every day.
OPEN_YEAR = 9999
OPEN_DAYS = ((2999, 12, 31), (3000, 1, 1), (3000, 12, 31), (4712, 12, 31))
#: Where a database or a spreadsheet begins to count: no end, unless the row's own start lies before it.
#: Somebody may be born on such a day.
FIRST_DAYS = (date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1970, 1, 1))

#: A text in full-width characters and the like: it is folded before it is compared.
_OTHER_FORM = r"^.{0,3}[\x{FF01}-\x{FFEF}\x{FE58}-\x{FE6F}\x{2010}-\x{2015}\x{2212}]"


def words_of(column: Column) -> tuple[str, ...]:
    """Every word that is no value in this column, as they are declared."""
    kind = "account" if rules.is_identifier(column) else column.type
    own = (*column.nothing, *column.open_end)
    return (*UNKNOWN[kind], *OPEN_END.get(column.type, ()), *own)


def nothing_in(texts: pl.Series, column: Column) -> Bools:
    """Rows whose text is one of the column's words for "no value"."""
    pattern = _pattern(words_of(column), tuple(column.codes or ()))
    found = mask_of(texts.str.contains(pattern))
    wide = np.flatnonzero(mask_of(texts.str.contains(_OTHER_FORM)))
    if len(wide):
        found[wide] = mask_of(plain(texts.gather(wide)).str.contains(pattern))
    return found


@cache
def _pattern(words: tuple[str, ...], codes: tuple[str, ...]) -> str:
    told = {_folded(word) for word in words} - {_folded(code) for code in codes}
    longest_first = sorted(told, key=lambda word: (-len(word), word))
    either = "|".join(re.escape(word).replace("/", r"\s*/\s*") for word in longest_first)
    return rf"""^(?i:[\s(\[<{{'"“]*(?:{either})[\s)\]>}}'"”]*)$"""


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).upper()


def without_first_days(values: pl.Series, start: pl.Series | None) -> Bools:
    """Rows of a column of ends whose day only says where somebody's calendar begins."""
    days = values.cast(pl.Date)
    found = mask_of(days.is_in(list(FIRST_DAYS)))
    if start is not None and found.any():
        found &= ~mask_of(start.cast(pl.Date) <= days)
    return found


def emptied(values: pl.Series, rows: Bools) -> pl.Series:
    """A copy with null at ``rows``."""
    return put(values, np.flatnonzero(rows), None)


def documented() -> list[tuple[str, tuple[str, ...]]]:
    """The vocabulary as ``connectors/README.md`` has it: types with the same words together."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for kind, words in UNKNOWN.items():
        rows.setdefault(words, []).append(f"`{kind}`")
    unknown = [(", ".join(kinds), words) for words, kinds in rows.items()]
    return [*unknown, ("no end", _ENDLESS)]
