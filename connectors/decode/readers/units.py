"""Finds the unit that a file states for its amounts, where it is not the declared one.

An amount in fen or in 万元 that is taken for yuan is silently wrong. So the unit is put behind the number:
``715.00 fen`` is no number, and is reported as such, with what was received.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import polars as pl

from connectors.catalogue.model import Table

#: By the declared unit: the texts that mean the same unit.
_SAME = {
    "yuan": frozenset({"yuan", "元", "圆", "人民币元", "元人民币", "rmbyuan", "cnyyuan", "元(人民币)"}),
    "fen": frozenset({"fen", "分", "人民币分", "cent", "cents"}),
}
#: Texts for the currency of both units.
_CURRENCY = frozenset({"cny", "rmb", "156", "cny156", "人民币", "¥", "cn¥"})
#: Names of fields in which a file states the unit or the currency, whatever the value.
_NAMES = frozenset(
    {"unit", "units", "uom", "jedw", "jldw", "金额单位", "计量单位", "货币单位"}
    | {"currency", "currencycode", "ccy", "币种", "货币"}
    | {"multiplier", "factor", "倍数", "倍率"}
)
#: Values that state a unit or a currency, under whatever name.
_UNITS = frozenset(
    {"角", "百元", "千元", "万元", "十万元", "百万元", "千万元", "亿元", "wanyuan", "wan", "万", "亿", "千"}
    | {"usd", "hkd", "mop", "twd", "eur", "jpy", "krw", "rub", "gbp", "美元", "港元", "港币", "日元", "欧元"}
).union(*_SAME.values())
_TITLE = re.compile(r"单\s*位\s*[:：]\s*([^\s,，;；)）]+)")
#: Values that state no multiple, or nothing.
_NOTHING = frozenset({"", "1"})


def amount_units(table: Table) -> dict[str, str]:
    """Returns the declared unit of each column of amounts, by its name in the source."""
    return {c.source: c.unit for c in table.columns if c.type == "amount"}


def other_unit(unit: str, stated: Iterable[tuple[str, str | None]]) -> str | None:
    """Returns the first unit among (name, value) that is not ``unit``; None if nothing says otherwise."""
    for name, value in stated:
        text = _folded(value or "")
        if text in _NOTHING or text in _SAME[unit] or text in _CURRENCY:
            continue
        if text in _UNITS or _folded(name) in _NAMES:
            return (value or "").strip()
    return None


def other_units(units: Mapping[str, str], stated: list[tuple[str, str | None]]) -> dict[str, str]:
    """Returns the columns of amounts for which (name, value) state another unit than the declared one, and
    which.
    """
    found = {source: other_unit(unit, stated) for source, unit in units.items()}
    return {source: other for source, other in found.items() if other is not None}


def append_units_to_record(
    record: dict[str, str | None],
    units: Mapping[str, str],
    stated: Mapping[str, list[tuple[str, str | None]]],
    around: Mapping[str, str],
) -> None:
    """Puts the unit behind each amount of a record, if it is another than the declared one.

    ``stated``: what single elements say. ``around``: the ``other_units`` of all of them, for elements that
    say nothing themselves.
    """
    for source, unit in units.items():
        value = record.get(source)
        if value is None or not value.strip():
            continue
        own = stated.get(source, ())
        other = other_unit(unit, own)
        if other is None and not _says_same(unit, own):
            other = around.get(source)
        if other is not None:
            record[source] = f"{value.strip()} {other}"


def units_in_titles(cells: Iterable[object]) -> list[tuple[str, str | None]]:
    """Returns the units that titles above a table state (``单位：万元``); an organisation is no unit."""
    matches = (found for cell in cells if isinstance(cell, str) for found in _TITLE.findall(cell))
    return [("", word) for words in matches for word in re.split("[、/]", words)]


def append_units(frame: pl.DataFrame, table: Table, around: list[tuple[str, str | None]]) -> pl.DataFrame:
    """Returns the chunk with the unit behind each amount, if the file states another unit for all of them."""
    for source, unit in amount_units(table).items():
        other = None if _says_same(unit, around) else other_unit(unit, around)
        if other is not None and source in frame.columns:
            text = pl.col(source)
            filled = text.str.strip_chars() != ""
            frame = frame.with_columns(pl.when(filled).then(text + f" {other}").otherwise(text).alias(source))
    return frame


def _says_same(unit: str, stated: Iterable[tuple[str, str | None]]) -> bool:
    return any(_folded(value or "") in _SAME[unit] for _, value in stated)


def _folded(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in wide if c.isalnum() or c in "¥()")
