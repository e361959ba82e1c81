"""Compares the columns a file has with those the declaration names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.catalogue.model import Feed, Table
from connectors.errors import BatchRejected


def check_header(feed: Feed, table: Table, found: Sequence[str]) -> None:
    """Columns may come in any order, and unknown ones may come. Raises ``BatchRejected`` otherwise."""
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise BatchRejected(
            feed.feed_id, f"table {table.name}: header names a column twice: {twice}; ask the publisher"
        )
    check_columns(feed, table, found)


def check_columns(feed: Feed, table: Table, found: Collection[str]) -> None:
    missing = [c.source for c in table.columns if c.required and c.source not in found]
    if missing:
        raise BatchRejected(
            feed.feed_id,
            f"table {table.name}: required columns {missing} are missing; found {list(found)}, "
            f"expected {[c.source for c in table.columns]}; ask the publisher what was renamed, "
            "then correct the declaration or have the file sent again",
        )
