"""Finds what a department shows at the end of a day, and on which days that changes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl

from connectors.catalogue import load_feed
from sandbox.city.ground.book import Book


def visible_rows(book: Book, feed_id: str, table: str, day: date) -> pl.DataFrame:
    """Returns the newest version of every row that is there at the end of ``day``."""
    feed = load_feed(feed_id)
    rows = pl.concat(book.rows[(feed_id, table)])
    if feed.cursor is None:
        gone = pl.col("_withdrawn_on") <= day
        return rows.filter(pl.col("_published_on") <= day, ~gone.fill_null(False))
    end = datetime.combine(day + timedelta(days=1), time())
    rows = rows.filter(pl.col(feed.cursor.column) < end).sort(feed.cursor.column, maintain_order=True)
    rows = rows.unique(list(feed.table(table).key), keep="last", maintain_order=True)
    return rows.filter(pl.col("operation") != "delete") if "operation" in rows.columns else rows


def days_of_change(book: Book, feed_id: str, table: str) -> set[date]:
    """Returns the days on which a row of the table came or went."""
    feed = load_feed(feed_id)
    rows = pl.concat(book.rows[(feed_id, table)])
    if feed.cursor is not None:
        return set(rows[feed.cursor.column].dt.date())
    return set(rows["_published_on"]) | set(rows["_withdrawn_on"].drop_nulls())
