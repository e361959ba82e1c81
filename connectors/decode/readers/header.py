"""Compares the columns a file has with those the declaration names."""

from __future__ import annotations

import string
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from connectors.catalogue.model import Feed, Table
from connectors.errors import BatchRejected, ColumnsMissing
from connectors.masking import mask_text

#: Blanks, and marks of no width that exports leave around a name.
_INVISIBLE = string.whitespace + "\u3000\xa0\ufeff\u200b\u200c\u200d\u2060"
#: Message for a row that repeats the column names (two files in one, the header of a printed page).
HEADER_AGAIN = "found the header again, expected a row"


def chunk_column_name(name: str) -> str:
    """Returns the column's name in a chunk.

    ``row_no`` is ours there, so a received column of that name gets a star.
    """
    return "row_no*" if name == "row_no" else name


def name_of_unnamed(place: int) -> str:
    """Returns the name under which the values of column ``place`` (from 0) are kept if it has no name."""
    return f"第{place + 1}列"


def declared_names(table: Table, received: Sequence[str]) -> list[str]:
    """Returns the found names, each as the declaration writes it where it is clear which one is meant.

    People hardly see a difference between full and half width, one blank and none, upper and lower case. A
    name that could be two columns, or that is also there as declared, stays.
    """
    bare = [_bare(name) for name in received]
    declared = [c.source for c in table.columns]
    meant = _unique({source: _folded(source) for source in declared})
    come = [_folded(name) for name in bare]
    there, times = set(bare), Counter(come)  # a broken header may have a hundred thousand names
    names = []
    for name, folded in zip(bare, come, strict=True):
        source = meant.get(folded, name)
        plain = source not in there and times[folded] == 1
        names.append(source if plain else name)
    return names


def _unique(folded: dict[str, str]) -> dict[str, str]:
    forms = list(folded.values())
    return {form: source for source, form in folded.items() if forms.count(form) == 1}


def _bare(name: str) -> str:
    """Removes blanks and invisible marks around a name."""
    return name.strip(_INVISIBLE)


def _folded(name: str) -> str:
    wide = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in wide if not c.isspace() and unicodedata.category(c) != "Cf")


def check_header(feed: Feed, table: Table, received: Sequence[str], hint: str = "") -> None:
    """Raises ``BatchRejected`` for a header with missing required columns or a column named twice.

    Columns may come in any order, and unknown ones may come. ``hint`` is the reader's guess at the cause of
    missing columns.
    """
    twice = sorted(name for name, times in Counter(received).items() if times > 1)
    if twice:
        check_columns(feed, table, received, hint)
        raise BatchRejected(
            feed.feed_id,
            f"table {table.name}: header names a column twice: {_names_to_show(table, received, twice)}; "
            "ask the publisher which of them counts",
        )
    check_columns(feed, table, received, hint)


def check_columns(feed: Feed, table: Table, received: Collection[str], hint: str = "") -> None:
    """Raises ``ColumnsMissing`` where a required column is missing."""
    missing = [c.source for c in table.columns if c.required and c.source not in received]
    if missing:
        raise ColumnsMissing(
            feed.feed_id,
            f"table {table.name}: required columns {missing} are missing; "
            f"found {_names_to_show(table, received, received)}, "
            f"expected {[c.source for c in table.columns]}{hint}; ask the publisher what was renamed, "
            "then correct the declaration or have the file sent again",
            table.name,
            tuple(mask_text(name[:40]) for name in received) if _is_header(table, received) else (),
        )


def _names_to_show(table: Table, received: Collection[str], names: Collection[str]) -> str:
    """Returns ``names`` for a message.

    If the header was lost they are personal data, and are only counted.
    """
    declared = {c.source for c in table.columns}
    shown = [name for name in names if name in declared]
    strange = [name for name in names if name not in declared]
    if _is_header(table, received):
        shown += [mask_text(name[:40]) for name in strange]
    elif strange:
        return f"{shown} and {len(strange)} that are not declared"
    return str(shown)


def _is_header(table: Table, received: Collection[str]) -> bool:
    """Tells whether these are names of columns: if most are declared, the first row of data is not among
    them.
    """
    declared = {c.source for c in table.columns}
    return sum(name in declared for name in received) * 2 > len(received)
