"""Damages single rows as departments do. A row names its damage; each name is one column expression.

Damage that cannot happen in a format (an apostrophe in 18 fixed bytes) leaves the row as it is, or is
replaced by its nearest relative, as said below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from connectors.catalogue.column import Column
from connectors.catalogue.model import Feed, Table
from sandbox.render.served import DEFECT, person_column

#: Stands for one byte that no encoding knows; the writers of bytes put 0xFF there. Never part of a GBK
#: character (second bytes begin at 0x40), and one byte wide, so that fixed widths hold.
BAD_BYTE = "\x1a"
CONTROL, MILD_CONTROL = "\x01", "\x7f"
_END_NAMES = ("_until", "_end", "stop_date", "released_on", "checked_out_on", "cancelled_on", "ended_on")
_PERIODS = (
    ("start_date", "stop_date"),
    ("sentence_start", "sentence_end"),
    ("custody_start", "custody_end"),
    ("checked_in_on", "checked_out_on"),
    ("authorised_from", "authorised_until"),
    ("established_on", "cancelled_on"),
    ("employed_on", "ended_on"),
)
_DOTS = {"gbk": ("．",), "other": ("•", "・", "．", "‧", "∙")}
_TEST_NUMBER, _TEST_NAME = "210102190001010000", "张三"
_UNKNOWN_CODES = ("9", "Z", "待定", "ZZ")

#: Damage the writers do, for it is not a matter of one value.
ROW_SHORT, DUPLICATE = "row_short", "duplicate_row"

Changes = dict[str, pl.Expr]


@dataclass(frozen=True)
class Place:
    """Where a table can be damaged, and what its format can carry."""

    feed: Feed
    table: Table

    @property
    def kind(self) -> str:
        """Returns the kind of the format; ``sql`` for a front-end database."""
        return self.feed.format.kind if self.feed.format else "sql"

    @property
    def number(self) -> str | None:
        """Returns the column with the number of the person a row is about, or None."""
        return person_column(self.table)

    @property
    def name(self) -> str | None:
        """Returns the first required column with a name, or None."""
        return self._first(lambda c: c.type == "name" and c.required)

    @property
    def tight(self) -> bool:
        """Tells whether the number's field has room for 18 bytes only."""
        return self.kind == "fixed_width"

    @property
    def bytes_pass(self) -> bool:
        """Tells whether a wrong byte reaches the hub as a byte; else it is U+FFFD, as their own system shows
        it.
        """
        return self.feed.protocol == "sftp" and self.kind != "xlsx"

    def _first(self, fits: Callable[[Column], bool]) -> str | None:
        return next((c.name for c in self.table.columns if fits(c)), None)

    def first_of(self, kind: str, *, required_first: bool) -> str | None:
        """Returns the first column of a type, if possible one that is required (or not)."""
        preferred = self._first(lambda c: c.type == kind and c.required == required_first)
        return preferred or self._first(lambda c: c.type == kind)

    def optional_dates(self, *, ends: bool) -> list[str]:
        """Returns the optional columns of dates; with ``ends`` only those that say when something ends."""
        dates = [c.name for c in self.table.columns if c.type == "date" and not c.required]
        return [n for n in dates if n.endswith(_END_NAMES)] if ends else dates

    def code(self) -> Column | None:
        """Returns the column of codes to spoil: rather one of substance than the operation or the answer."""
        codes = [c for c in self.table.columns if c.type == "code"]
        plain = [c for c in codes if c.name not in ("operation", "answer", "id_type")]
        return next(iter([*plain, *codes]), None)


def damage_rows(feed: Feed, table: Table, text: pl.DataFrame) -> pl.DataFrame:
    """Applies each row's damage to the worded rows; order kept, ``duplicate_row`` rows follow themselves."""
    names = text[DEFECT].drop_nulls().unique().to_list()
    if not names:
        return text
    place = Place(feed, table)
    indexed = text.with_row_index("_at")
    pieces = [indexed.filter(pl.col(DEFECT).is_null())]
    for name in sorted(names):
        rows = indexed.filter(pl.col(DEFECT) == name)
        changes = _DAMAGE[name](place) if name in _DAMAGE else {}
        pieces.append(rows.with_columns(**changes) if changes else rows)
        if name == DUPLICATE:
            pieces.append(rows)
    return pl.concat(pieces).sort("_at", maintain_order=True).drop("_at")


def reversed_periods(table: Table, clean: pl.DataFrame) -> pl.DataFrame:
    """Applies the one damage that needs real dates: an end before its start."""
    names = {c.name for c in table.columns}
    pair = next((p for p in _PERIODS if names.issuperset(p)), None)
    hit = clean[DEFECT] == "period_reversed"
    if pair is None or not hit.any():
        return clean
    start = pl.col(pair[0])
    return clean.with_columns(
        pl.when(pl.col(DEFECT) == "period_reversed")
        .then(start - pl.duration(days=30))
        .otherwise(pl.col(pair[1]))
        .cast(pl.Date)
        .alias(pair[1])
    )


def _on_number(change: Callable[[pl.Expr], pl.Expr], *, roomy: bool = False) -> Callable[[Place], Changes]:
    """Damages a number. ``roomy``: the damaged number is longer than 18 bytes."""

    def apply(place: Place) -> Changes:
        if place.number is None or (roomy and place.tight):
            return {}
        return {place.number: change(pl.col(place.number))}

    return apply


def _excel_text(place: Place) -> Changes:
    """Writes ``="210..."``, as an exported text holds it; in a workbook it would be a formula, not a
    value.
    """
    return {} if place.kind == "xlsx" else _on_number(lambda n: '="' + n + '"', roomy=True)(place)


def _on_name(text: str | None = None, mark: str | None = None) -> Callable[[Place], Changes]:
    def apply(place: Place) -> Changes:
        if place.name is None:
            return {}
        value = pl.col(place.name)
        return {
            place.name: pl.lit(text) if mark is None else value.str.slice(0, 1) + mark + value.str.slice(1)
        }

    return apply


def _fifteen(number: pl.Expr) -> pl.Expr:
    """Writes the old form of 15 digits. It has no century: only people born in 19xx had one."""
    old = number.str.slice(0, 6) + number.str.slice(8, 9)
    return pl.when(number.str.slice(6, 2) == "19").then(old).otherwise(number)


def _full_width(number: pl.Expr) -> pl.Expr:
    plain = list("0123456789X")
    return number.str.replace_many(plain, [chr(ord(c) + 0xFEE0) for c in plain])


def _wrong_check(number: pl.Expr) -> pl.Expr:
    last = number.str.slice(17, 1)
    return number.str.slice(0, 17) + pl.when(last == "1").then(pl.lit("2")).otherwise(pl.lit("1"))


def _dots(place: Place) -> Changes:
    if place.name is None:
        return {}
    variants = _DOTS["gbk" if place.feed.encoding == "gbk" else "other"]
    value = pl.col(place.name)
    number = pl.col(place.number).str.slice(14, 3).cast(pl.Int64, strict=False) if place.number else pl.lit(0)
    expression: pl.Expr = value
    for position, variant in enumerate(variants):
        expression = (
            pl.when(number.fill_null(0) % len(variants) == position)
            .then(value.str.replace_all("·", variant, literal=True))
            .otherwise(expression)
        )
    return {place.name: expression}


def _where_null(columns: list[str], text: str) -> Changes:
    """Fills the last column only where it is null: the damage must not change what the row says."""
    if not columns:
        return {}
    name = columns[-1]
    return {name: pl.when(pl.col(name).is_null()).then(pl.lit(text)).otherwise(pl.col(name))}


def _code_unknown(place: Place) -> Changes:
    column = place.code()
    if column is None:
        return {}
    known = {c.upper() for c in column.codes or {}}
    longest = max(len(c) for c in known)
    chinese = any(ord(c[0]) > 0x7F for c in known)
    order = reversed(_UNKNOWN_CODES) if chinese and longest > 1 else _UNKNOWN_CODES
    free = next(
        (c for c in order if c not in known and len(c) <= longest and (not chinese or ord(c[0]) > 127)), "Z"
    )
    return {column.name: pl.lit(free)}


def _on_amount(text: str | None) -> Callable[[Place], Changes]:
    def apply(place: Place) -> Changes:
        name = place.first_of("amount", required_first=text is not None)
        if name is None:
            return {}
        if text is not None:
            return {name: pl.lit(text)}
        column = place.table.column(name)
        return (
            {}
            if column.required
            else {name: pl.lit(None, dtype=pl.String) if place.kind == "sql" else pl.lit("")}
        )

    return apply


def _negative(place: Place) -> Changes:
    name = place.first_of("amount", required_first=True)
    if name is None:
        return {}
    small = "12800" if place.table.column(name).unit == "fen" else "128.00"
    value = pl.col(name)
    # zero has no sign: there something else must be negative
    zero = value.is_null() | value.str.strip_chars("0.").eq("")
    return {name: "-" + pl.when(zero).then(pl.lit(small)).otherwise(value.str.strip_prefix("-"))}


def _date_bad(place: Place) -> Changes:
    name = place.first_of("date", required_first=True)
    return {name: pl.lit("20201345")} if name else {}


def _bad_bytes(place: Place) -> Changes:
    return _on_name(mark=BAD_BYTE if place.bytes_pass else "\ufffd")(place)


def _control_char(place: Place) -> Changes:
    # an envelope of XML around the answer, and Excel, refuse the worse ones themselves
    mild = place.feed.protocol == "soap" or place.kind == "xlsx"
    return _on_name(mark=MILD_CONTROL if mild else CONTROL)(place)


def _test_row(place: Place) -> Changes:
    changes = {place.number: pl.lit(_TEST_NUMBER)} if place.number else {}
    return changes | ({place.name: pl.lit(_TEST_NAME)} if place.name else {})


def _uscc_bad(place: Place) -> Changes:
    name = place.first_of("uscc", required_first=True)
    if name is None:
        return {}
    value = pl.col(name)
    last = pl.when(value.str.ends_with("1")).then(pl.lit("2")).otherwise(pl.lit("1"))
    return {name: value.str.slice(0, 17) + last}


def _row_short(place: Place) -> Changes:
    """Formats whose rows name their fields cannot be short; there the number is missing."""
    by_position = place.kind in ("csv", "pipe", "fixed_width")
    return {} if by_position or place.number is None else {place.number: pl.lit(None, dtype=pl.String)}


_DAMAGE: dict[str, Callable[[Place], Changes]] = {
    "id_15": _on_number(_fifteen),
    "id_lower_x": _on_number(lambda n: n.str.to_lowercase()),
    "id_full_width": _on_number(_full_width, roomy=True),
    "id_blank_padded": _on_number(lambda n: " " + n + "   ", roomy=True),
    "id_excel_text": _excel_text,
    "id_apostrophe": _on_number(lambda n: "'" + n, roomy=True),
    "name_dot_variant": _dots,
    "date_open_end": lambda p: _where_null(p.optional_dates(ends=True), "99991231"),
    "date_zero": lambda p: _where_null(p.optional_dates(ends=False), "00000000"),
    "amount_blank": _on_amount(None),
    "id_check_digit": _on_number(_wrong_check),
    "id_scientific": _on_number(lambda n: n.str.slice(0, 1) + "." + n.str.slice(1, 5) + "E+17"),
    "id_missing": _on_number(lambda n: pl.lit("")),
    "id_bad_date": _on_number(lambda n: n.str.slice(0, 10) + "1332" + n.str.slice(14)),
    "id_short": _on_number(lambda n: n.str.slice(0, 16)),
    "id_zeros": _on_number(lambda n: pl.lit("0" * 18)),
    "test_row": _test_row,
    "date_bad": _date_bad,
    "code_unknown": _code_unknown,
    "amount_negative": _negative,
    "amount_text": _on_amount("面议"),
    "row_short": _row_short,
    "bad_bytes": _bad_bytes,
    "control_char": _control_char,
    "name_blank": _on_name(text=""),
    "uscc_bad": _uscc_bad,
}
DEFECTS = frozenset({*_DAMAGE, DUPLICATE, "period_reversed", "name_gbk_damaged"})
