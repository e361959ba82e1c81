"""Which rows of a raw table count on a day: the one place in Python that words it as SQL.

The models say the same in ``dbt_project/macros/current_rows.sql``; a test compares the two orders.
"""

from __future__ import annotations

from psycopg2 import sql

from connectors.catalogue import Feed, Table

#: Of two versions of a key with the same change time: the one of the later day, then the later row.
NEWEST_FIRST = ("b.as_of desc", "r.row_no desc", "r.batch_id desc")
#: What ``rows_in_force`` selects unless told otherwise: the row, and its place in the table.
_WHOLE_ROW = sql.SQL("r.*, r.ctid as place")


def raw_table(feed: Feed, table: Table) -> sql.Identifier:
    """Returns the qualified name of the table's raw table."""
    return sql.Identifier("raw", feed.raw_table(table))


def rows_that_count(feed: Feed, table: Table) -> sql.Composable:
    """Returns a FROM clause: rows ``r`` of the batches ``b`` that count on a day.

    Every version of a key is among them. Parameters of the statement: ``as_of`` (date), ``feed`` (feed id).
    """
    return sql.SQL(
        "{} as r inner join ops.current_batches(%(as_of)s) as b "
        "on r.batch_id = b.batch_id and b.feed_id = %(feed)s"
    ).format(raw_table(feed, table))


def rows_in_force(
    feed: Feed, table: Table, condition: str = "true", columns: sql.Composable = _WHOLE_ROW
) -> sql.Composable:
    """Returns a SELECT of the newest version of each key on a day, where ``condition`` holds for it.

    Newest is the version with the latest change time (deltas only), then that of the latest day, then the
    last row. ``condition`` is SQL over the selected columns, so a newer version that fails it still hides an
    older one: ``operation <> 'delete'`` drops deleted keys. Parameters of the statement: ``as_of``, ``feed``.

    >>> rows_in_force(feed, table, "operation <> 'delete'")  # doctest: +SKIP
    """
    order: list[sql.Composable] = [sql.SQL(term) for term in NEWEST_FIRST]
    if feed.cursor:
        order.insert(0, sql.SQL("r.{} desc").format(sql.Identifier(feed.cursor.column)))
    return sql.SQL(
        "select * from (select distinct on ({key}) {columns} from {rows} order by {key}, {newest}) as newest "
        "where {condition}"
    ).format(
        key=sql.SQL(", ").join(sql.Identifier("r", name) for name in table.key),
        columns=columns,
        rows=rows_that_count(feed, table),
        newest=sql.SQL(", ").join(order),
        condition=sql.SQL(condition),
    )


def not_deleted(table: Table) -> str:
    """Returns the condition that a newest version is no deletion: true where the table marks none."""
    return "operation <> 'delete'" if table.marks_deletions else "true"
