"""Compares the columns a file has with those the declaration names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.catalogue.model import Feed, Table
from connectors.errors import BatchRejected, ColumnsMissing
from connectors.masking import mask_text


def kept_as(name: str) -> str:
    """The column's name in a chunk: ``row_no`` is ours there, and a column called so would be lost."""
    return "row_no*" if name == "row_no" else name


def check_header(feed: Feed, table: Table, found: Sequence[str]) -> None:
    """Columns may come in any order, and unknown ones may come. Raises ``BatchRejected`` otherwise."""
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        check_columns(feed, table, found)
        raise BatchRejected(
            feed.feed_id,
            f"table {table.name}: header names a column twice: {_shown(table, found, twice)}; "
            "ask the publisher which of them counts",
        )
    check_columns(feed, table, found)


def check_columns(feed: Feed, table: Table, found: Collection[str]) -> None:
    """Raises ``ColumnsMissing`` where a required column is missing."""
    missing = [c.source for c in table.columns if c.required and c.source not in found]
    if missing:
        raise ColumnsMissing(
            feed.feed_id,
            f"table {table.name}: required columns {missing} are missing; "
            f"found {_shown(table, found, found)}, "
            f"expected {[c.source for c in table.columns]}; ask the publisher what was renamed, "
            "then correct the declaration or have the file sent again",
            table.name,
            tuple(mask_text(name[:40]) for name in found) if _is_header(table, found) else (),
        )


def _shown(table: Table, found: Collection[str], names: Collection[str]) -> str:
    """``names`` for a message. Where the header was lost they are a person's data, and only counted."""
    declared = {c.source for c in table.columns}
    known = [name for name in names if name in declared]
    strange = [name for name in names if name not in declared]
    if _is_header(table, found):
        known += [mask_text(name[:40]) for name in strange]
    elif strange:
        return f"{known} and {len(strange)} that are not declared"
    return str(known)


def _is_header(table: Table, found: Collection[str]) -> bool:
    """Whether these are names of columns: most are declared, so the first row of data is not among them."""
    declared = {c.source for c in table.columns}
    return sum(name in declared for name in found) * 2 > len(found)
