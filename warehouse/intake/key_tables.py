"""Names of the tables keys are compared in, and what makes two keys the same."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2 import sql

from connectors.catalogue import Feed, Table
from warehouse.intake import bulk_copy

#: Rows that the hub deleted itself say so in ``extra``.
DELETED_HERE = '{"deleted_by": "reconciliation"}'


def raw_table(feed: Feed, table: Table) -> sql.Identifier:
    return sql.Identifier("raw", feed.raw_table(table))


def source_keys_table(table: Table) -> sql.Identifier:
    """What the source has."""
    return sql.Identifier(f"keys_{table.name}")


def present_table(table: Table) -> sql.Identifier:
    """What is in force here."""
    return sql.Identifier(f"here_{table.name}")


def missing_table(table: Table) -> sql.Identifier:
    """What is in force here and not at the source."""
    return sql.Identifier(f"gone_{table.name}")


def can_delete(table: Table) -> bool:
    """Whether rows of this table can be marked as deleted."""
    return any(c.name == "operation" for c in table.columns)


def same_key(table: Table, left: str, right: str) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, key), sql.Identifier(right, key)) for key in table.key
    )


def same_masked_values(table: Table, of: str, names: Sequence[str]) -> sql.Composable:
    """The columns of the row ``of`` as the quarantine ``q`` shows them: it keeps them masked."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = q.payload->>{}").format(bulk_copy.masked_column(table, name, of), sql.Literal(name))
        for name in names
    )


def newest_rows(feed: Feed, table: Table, condition: str) -> sql.Composable:
    """The newest version of each key at the day, as staging picks it, if ``condition`` holds for it; and its
    place in the table. Parameters: ``as_of``, ``feed``."""
    order: list[sql.Composable] = [
        sql.SQL("b.as_of desc"),
        sql.SQL("r.row_no desc"),
        sql.SQL("r.batch_id desc"),
    ]
    if feed.cursor:
        order.insert(0, sql.SQL("r.{} desc").format(sql.Identifier(feed.cursor.column)))
    return sql.SQL("""
        select * from (
            select distinct on ({key}) r.*, r.ctid as place
            from {raw} as r
            inner join ops.current_batches(%(as_of)s) as b
                on r.batch_id = b.batch_id and b.feed_id = %(feed)s
            order by {key}, {newest}
        ) as newest where {condition}
    """).format(
        key=sql.SQL(", ").join(sql.SQL("r.{}").format(sql.Identifier(k)) for k in table.key),
        raw=raw_table(feed, table),
        newest=sql.SQL(", ").join(order),
        condition=sql.SQL(condition),
    )
