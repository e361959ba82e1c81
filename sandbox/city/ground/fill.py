"""Fills a declared table with plausible values; callers give the columns that matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl

from connectors.catalogue import Column, Feed, Table
from sandbox.city.ground.divisions import some_communities
from sandbox.city.ground.ids import credit_codes
from sandbox.city.ground.words import WIDTHS, WORDS, prefix_of

#: What polars holds for each declared type.
POLARS_TYPES: dict[str, pl.DataType] = {
    "flag": pl.Boolean(),
    "integer": pl.Int32(),
    "decimal": pl.Decimal(12, 4),
    "amount": pl.Decimal(14, 2),
    "date": pl.Date(),
    "month": pl.Date(),
    "timestamp": pl.Datetime("us"),
}


def polars_type(column: Column) -> pl.DataType:
    """Returns what polars holds for a declared column."""
    return POLARS_TYPES.get(column.type, pl.String())


def draw_dates(rng: np.random.Generator, n: int, first: date, last: date) -> pl.Series:
    """Draws ``n`` days between two days, both included."""
    span = (last - first).days + 1
    days = np.datetime64(first, "D") + rng.integers(0, span, n).astype("timedelta64[D]")
    return pl.Series(days.astype("datetime64[D]")).cast(pl.Date)


def draw_times(rng: np.random.Generator, days: pl.Series) -> pl.Series:
    """Draws moments within office hours of the given days."""
    seconds = pl.Series("s", rng.integers(8 * 3600, 17 * 3600, len(days)))
    frame = pl.DataFrame({"d": days, "s": seconds})
    return frame.select(pl.col("d").cast(pl.Datetime("us")) + pl.duration(seconds="s")).to_series()


def draw_amounts(rng: np.random.Generator, n: int, low: float, high: float) -> pl.Series:
    """Draws ``n`` amounts in yuan with two decimals, from ``low`` to below ``high``."""
    cents = rng.integers(round(low * 100), round(high * 100), n)
    return (pl.Series(cents).cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(14, 2))


def number_codes(prefix: str, n: int, start: int = 1, width: int = 8) -> pl.Series:
    """Returns ``n`` consecutive codes.

    >>> number_codes("DB", 2).to_list()
    ['DB00000001', 'DB00000002']
    """
    counts = pl.Series(np.arange(start, start + n)).cast(pl.String).str.zfill(width)
    return pl.select(pl.concat_str(pl.lit(prefix), counts)).to_series()


def certificates(ids: pl.Series, *, severe: bool) -> pl.DataFrame:
    """Returns disability certificates for holders ``ids``.

    Columns certificate_no, disability_class (1-7), disability_level (1-4).

    One person has one certificate whoever asks: class and level come from the number itself.
    """
    lot = pl.col("id").str.slice(10, 7).cast(pl.Int64)
    level = (lot // 7) % 2 + 1 if severe else (lot // 7) % 4 + 1
    frame = pl.DataFrame({"id": ids}).with_columns(
        (lot % 7 + 1).cast(pl.String).alias("disability_class"),
        level.cast(pl.String).alias("disability_level"),
    )
    number = pl.concat_str("id", "disability_class", "disability_level").alias("certificate_no")
    return frame.select(number, "disability_class", "disability_level")


def _codes(column: Column) -> list[str]:
    return sorted(set((column.codes or {}).values()))


def _months(rng: np.random.Generator, n: int, epoch: date) -> pl.Series:
    return draw_dates(rng, n, epoch - timedelta(days=700), epoch - timedelta(days=40)).dt.month_start()


def _moments(rng: np.random.Generator, n: int, epoch: date) -> pl.Series:
    return draw_times(rng, draw_dates(rng, n, epoch - timedelta(days=700), epoch - timedelta(days=3)))


def _accounts(rng: np.random.Generator, n: int) -> pl.Series:
    tail = pl.Series(rng.integers(0, 10_000, n)).cast(pl.String).str.zfill(4)
    return pl.select(pl.concat_str(pl.lit("*" * 12), tail)).to_series()


def _words(column: Column, rng: np.random.Generator, n: int) -> pl.Series:
    if column.name in WORDS:
        pool = pl.Series(WORDS[column.name])
        return pool.gather(rng.integers(0, len(pool), n))
    width = WIDTHS.get(column.name, 8)
    first = int(rng.integers(1, 10 ** (width - 1) // 2))
    return number_codes(prefix_of(column.name), n, start=first, width=width)


_Maker = Callable[[Column, np.random.Generator, int, date], pl.Series]
_MAKERS: dict[str, _Maker] = {
    "code": lambda c, rng, n, epoch: pl.Series(_codes(c)).gather(rng.integers(0, len(_codes(c)), n)),
    "date": lambda c, rng, n, epoch: draw_dates(
        rng, n, epoch - timedelta(days=3000), epoch - timedelta(days=40)
    ),
    "month": lambda c, rng, n, epoch: _months(rng, n, epoch),
    "timestamp": lambda c, rng, n, epoch: _moments(rng, n, epoch),
    "amount": lambda c, rng, n, epoch: draw_amounts(rng, n, 50, 5000),
    "decimal": lambda c, rng, n, epoch: pl.Series(rng.integers(40, 140, n)).cast(pl.Decimal(12, 4)),
    "integer": lambda c, rng, n, epoch: pl.Series(rng.integers(1, 11, n)).cast(pl.Int32),
    "flag": lambda c, rng, n, epoch: pl.Series(rng.random(n) < 0.5),
    "region": lambda c, rng, n, epoch: some_communities(rng, n),
    "account": lambda c, rng, n, epoch: _accounts(rng, n),
    "uscc": lambda c, rng, n, epoch: credit_codes(rng, n, "91"),
    "text": lambda c, rng, n, epoch: _words(c, rng, n),
}


def fill_table(
    feed: Feed,
    table: Table,
    given: pl.DataFrame,
    rng: np.random.Generator,
    epoch: date,
) -> pl.DataFrame:
    """Returns ``given`` with every other declared column invented, in declared order and type."""
    n = given.height
    columns = []
    for column in table.columns:
        value = given[column.name] if column.name in given.columns else _default(feed, column, n, rng, epoch)
        columns.append(value.cast(polars_type(column)).alias(column.name))
    out = pl.DataFrame(columns)
    cursor = feed.cursor.column if feed.cursor else None
    published = (
        given["_published_on"]
        if "_published_on" in given.columns
        else (
            out[cursor].dt.date()
            if cursor
            else pl.repeat(epoch - timedelta(days=60), n, dtype=pl.Date, eager=True)
        )
    )
    withdrawn = given["_withdrawn_on"] if "_withdrawn_on" in given.columns else pl.repeat(None, n, eager=True)
    defect = given["_defect"] if "_defect" in given.columns else pl.repeat(None, n, eager=True)
    return out.with_columns(
        published.cast(pl.Date).alias("_published_on"),
        withdrawn.cast(pl.Date).alias("_withdrawn_on"),
        defect.cast(pl.String).alias("_defect"),
    )


def _default(feed: Feed, column: Column, n: int, rng: np.random.Generator, epoch: date) -> pl.Series:
    if column.name == "operation":
        return pl.repeat("insert", n, eager=True)
    if feed.mode == "query_reply" and column.name in ("request_id", "sequence_no"):
        return pl.repeat(None, n, dtype=pl.String, eager=True)
    maker = _MAKERS.get(column.type)
    return maker(column, rng, n, epoch) if maker else pl.repeat(None, n, dtype=pl.String, eager=True)
