"""Counts per batch and column the values that were received, could not be read and became null
(``ops.unread_values``).

The counts are written in the transaction that loads the rows and deleted with their batch. Rows that count as
duplicates are counted too: they belong to this delivery.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from connectors.catalogue import Feed, Table
from connectors.delivery import DecodedChunk

#: Reason code of rows with the key of an earlier one (``warehouse/intake/writing/quarantine_rows.py``).
KEY_CONFLICT = "key_conflict"


@dataclass(frozen=True)
class UnreadCount:
    """``filled``: rows in which the column held something; in ``unread`` of them it became null."""

    table: str
    column: str
    filled: int
    unread: int

    @property
    def share(self) -> float:
        """Returns the share of filled values that became null, from 0 to 1."""
        return self.unread / self.filled


class UnreadCounter:
    """Adds up the unread values of one delivery, over the rows that are kept.

    The decoder does not know which rows the loader quarantines after it: those of another request, those
    changed after the day, those with another row's key. Their values do not count.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._types: dict[str, list[pl.DataFrame]] = {}
        #: Snapshots only: rows with the key of another row, found after all chunks are loaded.
        self._places: dict[str, list[pl.DataFrame]] = {}

    def add(self, chunk: DecodedChunk) -> None:
        """Adds a chunk from which the loader has already taken the rows it quarantines."""
        seen = chunk.observed
        if seen is None:
            return
        aside = seen.unread_at["row_no"].is_in(chunk.quarantined["row_no"].implode())
        self._types.setdefault(chunk.table, []).append(_without(seen.types, seen.unread_at.filter(aside)))
        if self._feed.mode == "snapshot" and not aside.all():
            self._places.setdefault(chunk.table, []).append(seen.unread_at.filter(~aside))

    def counts(self, cursor: Cursor, batch: uuid.UUID) -> list[UnreadCount]:
        """Returns the counts by table and column. Call it when all rows of ``batch`` are loaded."""
        found = []
        for table, types in self._types.items():
            counted = pl.concat(types).group_by("column", maintain_order=True).sum()
            if table in self._places:
                rows = _in_conflict(cursor, batch, table)
                places = pl.concat(self._places[table])
                counted = _without(counted, places.filter(pl.col("row_no").is_in(rows)))
            for row in counted.select("column", "filled", "unread").iter_rows():
                found.append(UnreadCount(table, *row))
        return found


def _without(types: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Returns the counts without the unread values at ``places``."""
    if not places.height:
        return types
    less = places.group_by("column").len("less")
    return types.join(less, on="column", how="left", maintain_order="left").select(
        *(name for name in types.columns if name != "unread"),
        (pl.col("unread") - pl.col("less").fill_null(0)).cast(pl.Int64).alias("unread"),
    )


def _in_conflict(cursor: Cursor, batch: uuid.UUID, table: str) -> list[int]:
    cursor.execute(
        "select row_no from ops.quarantine where batch_id = %s and table_name = %s and reason_code = %s",
        (str(batch), table, KEY_CONFLICT),
    )
    return [row_no for (row_no,) in cursor.fetchall()]


def record(cursor: Cursor, feed: Feed, batch: uuid.UUID, counts: Iterable[UnreadCount]) -> None:
    """Writes the counts of a batch just filled. A column without an unread value has no row.

    A replay has loaded corrected rows before this: their counts are there already.
    """
    execute_values(
        cursor,
        "insert into ops.unread_values as u (batch_id, feed_id, table_name, column_name, rows_filled, "
        "rows_unread) values %s on conflict (batch_id, table_name, column_name) do update "
        "set rows_unread = u.rows_unread + excluded.rows_unread, "
        "rows_filled = greatest(excluded.rows_filled, u.rows_unread + excluded.rows_unread)",
        [(str(batch), feed.feed_id, c.table, c.column, c.filled, c.unread) for c in counts if c.unread],
    )


def add_corrected(cursor: Cursor, feed: Feed, table: Table, batch: uuid.UUID, chunk: DecodedChunk) -> None:
    """Counts the unread values of rows that a person corrected, after they were loaded into ``batch``.

    When the batch came, these rows were quarantined but counted as filled: only unread values are added.
    """
    if chunk.observed is None:
        return
    for column, unread in chunk.observed.types.select("column", "unread").iter_rows():
        if not unread:
            continue
        cursor.execute(
            sql.SQL(
                "insert into ops.unread_values as u (batch_id, feed_id, table_name, column_name, "
                "rows_filled, rows_unread) values (%(batch)s, %(feed)s, %(table)s, %(column)s, %(unread)s + "
                # no count yet for the column: its filled values are those in the raw table
                "(select count({column}) from {raw} where batch_id = %(batch)s), %(unread)s) "
                "on conflict (batch_id, table_name, column_name) do update "
                "set rows_unread = u.rows_unread + excluded.rows_unread, "
                # a line that could not be cut into columns was not among the filled ones
                "rows_filled = greatest(u.rows_filled, u.rows_unread + excluded.rows_unread)"
            ).format(column=sql.Identifier(column), raw=sql.Identifier("raw", feed.raw_table(table))),
            {
                "batch": str(batch),
                "feed": feed.feed_id,
                "table": table.name,
                "column": column,
                "unread": unread,
            },
        )
