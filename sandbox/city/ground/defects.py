"""Decides which rows each department damages.

Most damage is done when a row is rendered; a value that can be wrong and still have its type is wrong here
already (``_in_place``).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import polars as pl

from connectors.catalogue import Column, Feed, Table
from sandbox.city.ground.ids import credit_codes
from sandbox.city.ground.people import City

#: Harmless damage and its rate among the rows it can strike (dossier, section 8).
_HARMLESS = {
    "id_15": 0.003,
    "id_lower_x": 0.05,
    "id_full_width": 0.001,
    "id_blank_padded": 0.002,
    "name_dot_variant": 0.5,
    "duplicate_row": 0.002,
    "date_open_end": 0.004,
    "date_zero": 0.002,
    "amount_blank": 0.001,
    "account_open": 0.002,
}
#: Optional amounts without which a rule says something else: a blank would not be harmless.
_DECISIVE = (
    *("monthly_wage", "contribution_base", "subsidy_amount", "household_income", "care_allowance"),
    *("balance", "market_value", "cash_value"),
)
_TEXT_ONLY = {"id_excel_text": 0.01, "id_apostrophe": 0.01}
#: Every kind of damage after which a row still says what it said.
HARMLESS = frozenset(_HARMLESS) | frozenset(_TEXT_ONLY)
#: Damage that makes a row unusable: only on extra copies of rows nothing depends on.
_OF_NUMBERS = (
    "id_check_digit",
    "id_scientific",
    "id_missing",
    "id_bad_date",
    "id_short",
    "id_zeros",
)
_OF_NAMES = ("test_row", "name_blank", "name_bad", "control_char")
_PERIODS = (
    ("start_date", "stop_date"),
    ("sentence_start", "sentence_end"),
    ("custody_start", "custody_end"),
    ("checked_in_on", "checked_out_on"),
    ("authorised_from", "authorised_until"),
    ("employed_on", "ended_on"),
)
_SHARE = 0.002
#: Below this many rows a table has one unusable copy only.
_SMALL_TABLE = 200


def _required(table: Table, kind: str, *but: str) -> list[Column]:
    return [c for c in table.columns if c.type == kind and c.required and c.name not in but]


def _own_numbers(table: Table) -> list[Column]:
    """Returns the numbers that say whom a row is about, including those the department may not know."""
    return [c for c in table.columns if c.type == "id_number" and (c.required or c.name == "id_number")]


def _numbers(feed: Feed, table: Table) -> bool:
    return bool(_own_numbers(table))


def _text_file(feed: Feed) -> bool:
    return feed.format is not None and feed.format.kind in ("csv", "pipe")


def _periods(feed: Feed, table: Table) -> bool:
    names = {c.name for c in table.columns}
    return any(names.issuperset(p) for p in _PERIODS)


#: Which tables can show which damage; the reader's verdict on each is one reason.
_CAN: dict[str, Callable[[Feed, Table], bool]] = {
    **dict.fromkeys(_OF_NUMBERS, _numbers),
    "id_missing": lambda f, t: bool(_required(t, "id_number")),
    **dict.fromkeys(_OF_NAMES, lambda f, t: _numbers(f, t) and bool(_required(t, "name"))),
    "date_bad": lambda f, t: bool(_required(t, "date")),
    "date_impossible": lambda f, t: any(c.name == "death_date" for c in t.columns),
    "code_unknown": lambda f, t: bool(_required(t, "code", "operation", "answer")),
    "amount_negative": lambda f, t: bool(_required(t, "amount")),
    "amount_text": lambda f, t: bool(_required(t, "amount")),
    "amount_huge": lambda f, t: bool(_required(t, "amount")),
    "period_reversed": _periods,
    "uscc_bad": lambda f, t: bool(_required(t, "uscc")),
    "region_bad": lambda f, t: bool(_required(t, "region")),
    "month_bad": lambda f, t: bool(_required(t, "month")),
    "timestamp_bad": lambda f, t: bool(_required(t, "timestamp", "updated_at")),
    "flag_bad": lambda f, t: bool(_required(t, "flag")),
    "certificate_bad": lambda f, t: bool(_required(t, "certificate_no")),
    "row_short": lambda f, t: _text_file(f),
    "bad_bytes": lambda f, t: _text_file(f) and f.encoding in ("gbk", "gb18030"),
    "key_conflict": lambda f, t: f.mode == "snapshot" and "id_number" in t.key,
}
FATAL = frozenset(_CAN)
_RARE = ("flag_bad", "timestamp_bad")


def fatal_kinds(feed: Feed, table: Table) -> list[str]:
    """Returns the kinds of unusable rows this table can show; each table begins with another one.

    A kind that only one table can show comes first there, so that it occurs however small the table.
    """
    if feed.mode == "query_reply":
        return []  # a reply holds one line per person asked: an unusable copy would be a second answer
    kinds = [kind for kind, can in _CAN.items() if can(feed, table)]
    first = zlib.crc32(f"{feed.feed_id} {table.name}".encode()) % max(1, len(kinds))
    kinds = kinds[first:] + kinds[:first]
    return sorted(kinds, key=lambda kind: kind not in _RARE)


def unusable_copies(feed: Feed, table: Table, rows: int) -> int:
    """Returns how many of a table's ``rows`` are unusable copies."""
    kinds = fatal_kinds(feed, table)
    return max(len(kinds) if rows > _SMALL_TABLE else 1, round(rows * _SHARE)) if kinds else 0


def damage_rows(city: City, feed: Feed, table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Returns the table with harmless damage on its rows and unusable copies of a few of them."""
    rng = city.rng(f"damage {feed.feed_id} {table.name}")
    out = _harmless(feed, table, frame, rng)
    n = unusable_copies(feed, table, city.n(table.volume.expected))
    old = frame.filter(pl.col("_published_on") <= pl.lit(city.epoch) - pl.duration(days=4))
    if not n or not old.height:
        return out
    kinds = fatal_kinds(feed, table)
    rows = old[rng.integers(0, old.height, n)]
    rows = _of_strangers(city, table, rows, rng).with_columns(
        pl.Series("_defect", [kinds[i % len(kinds)] for i in range(n)]),
        pl.lit(None, dtype=pl.Date).alias("_withdrawn_on"),
    )
    rows = _in_place(city, table, rows)
    first = rows.filter(pl.col("_defect") == "key_conflict").with_columns(
        pl.lit(None, dtype=pl.String).alias("_defect")
    )
    # of two rows with one key the department's second, under another name, is the one set aside
    others = city.cohort("other")["full_name"].head(1)[0]
    name = next((c.name for c in _required(table, "name")), None)
    if name:
        conflict = pl.col("_defect") == "key_conflict"
        rows = rows.with_columns(pl.when(conflict).then(pl.lit(others)).otherwise(pl.col(name)).alias(name))
    return pl.concat([out, first.select(out.columns), rows.select(out.columns)])


def _of_strangers(city: City, table: Table, rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Rewrites the rows as if about people, and under keys, that occur nowhere else."""
    n = rows.height
    strangers = city.cohort("stranger")
    strangers = strangers[np.arange(n) % strangers.height]
    new: list[pl.Series] = []
    for column in table.columns:
        name = column.name
        if column in _own_numbers(table):
            new.append(strangers["id_number"].alias(name))
        elif column.type == "name" and column.required:
            new.append(strangers["full_name"].alias(name))
        elif column.type == "certificate_no":
            new.append((strangers["id_number"] + "41").alias(name))
        elif column.type == "uscc" and name in table.key:
            new.append(credit_codes(rng, n, "12").alias(name))
        elif name in table.key and column.type == "text":
            new.append(pl.Series(name, [f"ZZ{i:06d}" for i in range(n)]))
        elif name == "operation":
            new.append(pl.repeat("insert", n, eager=True).alias(name))
    return rows.with_columns(new)


def _in_place(city: City, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Values that are wrong though they are of their type."""
    wrong: dict[str, tuple[str, pl.Expr]] = {
        "name_bad": ("name", pl.lit("1234")),
        "date_impossible": ("date", pl.lit(date(1900, 1, 1))),
        "amount_huge": ("amount", pl.lit(200_000_000_000).cast(pl.Decimal(14, 2))),
        "region_bad": ("region", pl.lit("21010")),
        "month_bad": ("month", pl.lit(date(1700, 1, 1))),
        "timestamp_bad": ("timestamp", pl.lit(datetime(1700, 1, 1)).cast(pl.Datetime("us"))),  # noqa: DTZ001
        "certificate_bad": ("certificate_no", pl.col("certificate_no").str.slice(0, 18) + "49")
        if "certificate_no" in rows.columns
        else ("certificate_no", pl.lit("")),
    }
    for kind, (column_type, value) in wrong.items():
        names = [c.name for c in _required(table, column_type, "updated_at")]
        names = [n for n in names if kind != "date_impossible" or n == "death_date"]
        if names:
            hit = pl.col("_defect") == kind
            rows = rows.with_columns(pl.when(hit).then(value).otherwise(pl.col(names[0])).alias(names[0]))
    return rows


def _harmless(feed: Feed, table: Table, frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    rates, can = _rates(feed, table), _strikes(table)
    defect = pl.lit(None, dtype=pl.String)
    draw = pl.lit(pl.Series(rng.random(frame.height)))
    low = 0.0
    for kind, rate in rates.items():
        inside = (draw >= low) & (draw < low + rate) & can.get(kind, pl.lit(True))
        defect = pl.when(inside).then(pl.lit(kind)).otherwise(defect)
        low += rate
    out = frame.with_columns(defect.alias("_defect"))
    account = next((c.name for c in table.columns if c.type == "account"), None)
    if account and "account_open" in rates:
        whole = pl.lit("621226330") + pl.col(account).str.slice(-4).str.pad_start(10, "0")
        hit = (pl.col("_defect") == "account_open") & pl.col(account).is_not_null()
        out = out.with_columns(pl.when(hit).then(whole).otherwise(pl.col(account)).alias(account))
    return out


def _strikes(table: Table) -> dict[str, pl.Expr]:
    """Returns, by kind of damage, the rows on which it leaves a trace."""
    ids, names = _own_numbers(table), _required(table, "name")
    number = pl.col(ids[0].name) if ids else pl.lit("")
    name = pl.col(names[0].name) if names else pl.lit("")
    return {
        "id_15": number.str.slice(6, 2) == "19",
        "id_lower_x": number.str.ends_with("X"),
        "name_dot_variant": name.str.contains("·", literal=True),
    }


def _rates(feed: Feed, table: Table) -> dict[str, float]:
    """Returns the kinds of harmless damage this table can show, and how often each occurs."""
    rates = dict(_HARMLESS)
    if feed.format is not None and feed.format.kind == "csv":
        rates |= _TEXT_ONLY
    optional_dates = [c for c in table.columns if c.type == "date" and not c.required]
    absent = {
        "date_open_end": not optional_dates,
        "date_zero": not optional_dates,
        "amount_blank": not any(c.type == "amount" and not c.required for c in table.columns)
        or any(c.name in _DECISIVE for c in table.columns),
        "account_open": not any(c.type == "account" for c in table.columns),
        "duplicate_row": feed.mode == "query_reply",
        "name_dot_variant": not _required(table, "name"),
    }
    without_number = not _own_numbers(table)
    return {
        kind: rate
        for kind, rate in rates.items()
        if not absent.get(kind) and not (without_number and kind.startswith("id_"))
    }
