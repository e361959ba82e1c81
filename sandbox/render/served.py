"""Selects the rows of the city that a department serves at a date, and for a question."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from connectors.catalogue.model import Feed, Table

PUBLISHED, WITHDRAWN, DEFECT = "_published_on", "_withdrawn_on", "_defect"
#: The clean number of the person a row is about: what a question is matched with.
ASKED = "_asked"

_INNER = {PUBLISHED: pl.Date(), WITHDRAWN: pl.Date(), DEFECT: pl.String()}


def table_path(city: Path, feed_id: str, table: str) -> Path:
    """Returns where the city keeps the clean rows of a feed's table."""
    return city / "feeds" / feed_id / f"{table}.parquet"


def scan(city: Path, feed: Feed, table: Table) -> pl.LazyFrame:
    """Scans the table's clean rows, declared columns first, then the three inner ones.

    A table without a file is empty: the department exists and holds nothing.
    """
    path = table_path(city, feed.feed_id, table.name)
    names = [c.name for c in table.columns]
    if not path.exists():
        return pl.LazyFrame(schema={**dict.fromkeys(names, pl.String()), **_INNER})
    frame = pl.scan_parquet(path)
    held = set(frame.collect_schema().names())
    inner = [
        pl.col(name) if name in held else pl.lit(None, dtype=kind).alias(name)
        for name, kind in _INNER.items()
    ]
    declared = [pl.col(name) if name in held else pl.lit(None, dtype=pl.String).alias(name) for name in names]
    return frame.select(*declared, *inner)


def is_on_show(as_of: date) -> pl.Expr:
    """Returns the condition for rows a department holds at the end of that day."""
    published = pl.col(PUBLISHED).is_null() | (pl.col(PUBLISHED) <= as_of)
    withdrawn = pl.col(WITHDRAWN).is_not_null() & (pl.col(WITHDRAWN) <= as_of)
    return published & ~withdrawn


def end_of(day: date) -> datetime:
    """Returns the end of a day: no department knows yet what changes from then on."""
    return datetime.combine(day + timedelta(days=1), time())


def rows_for(
    city: Path,
    feed: Feed,
    table: Table,
    as_of: date,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pl.DataFrame:
    """Returns the rows of one answer, in the city's order.

    snapshot and query_reply: what is held at ``as_of``. delta: changed in [since, until), or up to the end of
    ``as_of``. events: everything that was published up to ``as_of``, for those departments send their whole
    list again.
    """
    frame = scan(city, feed, table)
    if feed.mode == "delta" and feed.cursor is not None:
        changed = pl.col(feed.cursor.column)
        if since is not None:
            frame = frame.filter(changed >= since)
        frame = frame.filter(changed < (end_of(as_of) if until is None else until))
    elif feed.mode == "events":
        frame = frame.filter(pl.col(PUBLISHED).is_null() | (pl.col(PUBLISHED) <= as_of))
    else:
        frame = frame.filter(is_on_show(as_of))
    return frame.collect()


def person_column(table: Table) -> str | None:
    """Returns the column that says whom a row is about: the first required identity number, or None."""
    numbers = [c for c in table.columns if c.type == "id_number"]
    first = next((c for c in numbers if c.required), numbers[0] if numbers else None)
    return first.name if first else None
