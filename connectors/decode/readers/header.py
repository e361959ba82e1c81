"""Compares the columns a file has with those the declaration names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.catalogue.model import Feed, Table
from connectors.errors import BatchRejected, ColumnsMissing
from connectors.masking import mask_text


def check_header(feed: Feed, table: Table, found: Sequence[str]) -> None:
    """Columns may come in any order, and unknown ones may come. Raises ``BatchRejected`` otherwise."""
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise BatchRejected(feed.feed_id, f"table {table.name}: header names a column twice: {twice}")
    check_columns(feed, table, found)


def check_columns(feed: Feed, table: Table, found: Collection[str]) -> None:
    missing = [c.source for c in table.columns if c.required and c.source not in found]
    if missing:
        # with no known name among them they may be values: the header was lost, and a person stands there
        known = {c.source for c in table.columns}.intersection(found)
        shown = tuple(mask_text(name) for name in found) if known else ()
        raise ColumnsMissing(
            feed.feed_id,
            f"table {table.name}: required columns {missing} are missing; found "
            f"{list(shown) if known else f'{len(found)} names, none of them declared'}, "
            f"expected {[c.source for c in table.columns]}; ask the publisher what was renamed, "
            "then correct the declaration or have the file sent again",
            table.name,
            shown,
        )
