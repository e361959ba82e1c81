"""Writes later versions of registry rows: what the registries change in the days after the epoch."""

from __future__ import annotations

from datetime import date

import polars as pl

from connectors.catalogue import load_feed
from sandbox.city.ground.book import Book
from sandbox.city.ground.fill import draw_times


def change_rows(
    book: Book, feed_id: str, subjects: pl.Series, day: date, table: str = "main", **values: object
) -> None:
    """Adds the newest version of the subjects' rows again, with other ``values``, updated on ``day``.

    ``subjects`` are values of the column they are named after. A value is one for all rows, or an expression
    over the row as it was.
    """
    declared = [c.name for c in load_feed(feed_id).table(table).columns]
    rows = pl.concat(book.rows[(feed_id, table)]).select(declared)
    rows = rows.filter(pl.col(subjects.name).is_in(subjects.implode()))
    key = list(load_feed(feed_id).table(table).key)
    rows = rows.sort("updated_at", maintain_order=True).unique(subset=key, keep="last", maintain_order=True)
    rng = book.city.rng(f"changed {feed_id} {day} {book.height(feed_id, table)}")
    new = {
        name: (value if isinstance(value, pl.Expr) else pl.lit(value, dtype=rows.schema[name])).alias(name)
        for name, value in values.items()
    }
    book.add(
        feed_id,
        rows.with_columns(
            *new.values(),
            pl.lit("update").alias("operation"),
            draw_times(rng, pl.repeat(day, rows.height, dtype=pl.Date, eager=True)).alias("updated_at"),
        ),
        table=table,
    )


def stop_benefits(book: Book, feed_id: str, ids: pl.Series, day: date, table: str = "main") -> None:
    """Ends these people's benefit on ``day``: what was planted on it resolves by itself."""
    change_rows(book, feed_id, ids.alias("id_number"), day, table, status="stopped", stop_date=day)
