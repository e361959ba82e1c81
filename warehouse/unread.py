"""``ops.unread_values``: per batch and column, values that were received, could not be read and became null.

Written in the transaction that loads the rows, and gone with their batch. Rows that came before and count as
duplicates are counted too: they say what this delivery was like.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from connectors.catalogue import Feed, Table
from connectors.types import DecodedChunk


@dataclass(frozen=True)
class Unread:
    """``filled``: rows in which the column held something; ``unread`` of them became null."""

    table: str
    column: str
    filled: int
    unread: int


def record(cursor: Cursor, feed: Feed, batch: uuid.UUID, counts: Iterable[Unread]) -> None:
    """Writes the counts of a batch just filled. A column without any unread value has no row.

    A replay has loaded corrected rows before this: theirs are there already.
    """
    execute_values(
        cursor,
        "insert into ops.unread_values as u (batch_id, feed_id, table_name, column_name, rows_filled, "
        "rows_unread) values %s on conflict (batch_id, table_name, column_name) do update "
        "set rows_unread = u.rows_unread + excluded.rows_unread, "
        "rows_filled = greatest(excluded.rows_filled, u.rows_unread + excluded.rows_unread)",
        [(str(batch), feed.feed_id, c.table, c.column, c.filled, c.unread) for c in counts if c.unread],
    )


def add(cursor: Cursor, feed: Feed, table: Table, batch: uuid.UUID, chunk: DecodedChunk) -> None:
    """Counts what could not be read of rows that a person corrected, after they were loaded into ``batch``.

    They were among the filled ones when the batch came, set aside: only the unread ones are more.
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
                # the column had no row: what was filled is what stands in raw
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
