"""Lays out the table as a department sends it, before it has a format: source columns, all text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from connectors.catalogue.model import Feed, Table
from sandbox.render.damage import ROW_SHORT, damage_rows, reversed_periods
from sandbox.render.habits import RESTLESS_ORDER
from sandbox.render.served import ASKED, DEFECT
from sandbox.render.wording import word_columns

_ADDED, _ADDED_TEXT = "BZ", "无"


@dataclass(frozen=True)
class Sheet:
    """``rows``: columns by source name in the order sent, text or null. ``asked``: whom each row is about.
    ``short``: whether a row breaks off before its end. ``titles``: our name of each column, '' if none.
    """

    rows: pl.DataFrame
    titles: tuple[str, ...]
    asked: pl.Series
    short: pl.Series


def worded_rows(feed: Feed, table: Table, clean: pl.DataFrame) -> pl.DataFrame:
    """Returns text under our column names, damage done, plus ``_defect`` and ``_asked``."""
    return damage_rows(feed, table, word_columns(feed, table, reversed_periods(table, clean)))


def sheet_of(
    feed: Feed, table: Table, text: pl.DataFrame, as_of: date, habits: Collection[str] = frozenset()
) -> Sheet:
    """Returns the sheet of worded rows.

    ``habits`` are the switched ones; column habits and poison act here.
    """
    if "poison" in habits:
        text = text.gather_every(10)
    if "empty_file" in habits:
        text = text.clear()
    columns = [(c.name, c.source) for c in table.columns]
    if feed.feed_id in RESTLESS_ORDER and as_of.day % 2:
        columns = columns[1:] + columns[:1]
    if "column_order" in habits:
        columns.reverse()
    if "column_renamed" in habits:
        key = next(c.name for c in table.columns if c.required and c.name not in ("request_id", "operation"))
        columns = [(name, f"{source}_NEW" if name == key else source) for name, source in columns]
    rows = text.select(pl.col(name).alias(source) for name, source in columns)
    if "column_added" in habits:
        columns.append(("", _ADDED))
        rows = rows.with_columns(pl.lit(_ADDED_TEXT).alias(_ADDED))
    return Sheet(
        rows=rows,
        titles=tuple(name for name, _ in columns),
        asked=text[ASKED],
        short=(text[DEFECT] == ROW_SHORT).fill_null(False),
    )


def answers(table: Table, text: pl.DataFrame, request_id: str, asked: list[tuple[int, str]]) -> pl.DataFrame:
    """Returns the worded rows about the people asked (seq, number), in the order asked, with the question's
    numbers.

    A person asked about twice is answered twice. A person without a row gets none: no answer is not the
    answer "none".
    """
    order = pl.DataFrame(asked, schema={"_seq": pl.Int64, ASKED: pl.String}, orient="row")
    rows = (
        text.with_row_index("_at").join(order, on=ASKED, how="inner").sort("_seq", "_at", maintain_order=True)
    )
    names = {c.name for c in table.columns}
    filled: dict[str, pl.Expr] = {}
    if "request_id" in names:
        filled["request_id"] = pl.lit(request_id)
    if "sequence_no" in names:
        filled["sequence_no"] = pl.col("_seq").cast(pl.String)
    return rows.with_columns(**filled).drop("_at", "_seq")
