"""Compares a snapshot with the one before it: a delivery cut at the end of a line is well-formed, but
smaller.

The keys are compared. If more of them are gone than the declaration (``most_gone``) or else the operator
(``ops.settings``) allows, the batch is held like one whose types changed: the one before it stays in force
until the whole one comes, or until a person confirms that so many are gone. Nothing here commits.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from connectors.catalogue.model import Gone
from warehouse.intake import holds
from warehouse.intake.key_tables import same_masked_values
from warehouse.store.connect import operator_setting

#: Rows of ``ops.settings`` that apply where a declaration says nothing.
MOST_GONE_SHARE = "snapshot_most_gone_share"
MAY_ALWAYS_GO = "snapshot_may_always_go"
#: A small table may lose all its rows and not be held; above this share the loss is at least noted.
REPORTED_SHARE = "snapshot_told_gone_share"


@dataclass(frozen=True)
class FormerSnapshot:
    """The snapshot in force before this one."""

    batch_id: str
    as_of: date


@dataclass(frozen=True)
class TableComparison:
    """The comparison of one table. ``same``: both snapshots hold exactly the same rows."""

    table: str
    keys_before: int
    keys_gone: int
    rows_before: int
    rows_now: int
    same: bool
    allowed: Gone
    reported_share: float

    @property
    def too_many(self) -> bool:
        """Tells whether more keys are gone than allowed, so that the batch is held."""
        return self.keys_gone > self.allowed.always and self._beyond_share

    @property
    def is_reported(self) -> bool:
        """Tells whether most keys are gone, but too few of them in number to hold the batch."""
        most = self.keys_gone > self.keys_before * self.reported_share
        return most and self._beyond_share and not self.too_many

    @property
    def _beyond_share(self) -> bool:
        return self.keys_gone > self.keys_before * self.allowed.share


def snapshot_in_force(cursor: Cursor, feed: Feed, as_of: date) -> FormerSnapshot | None:
    """Returns the snapshot that counts for ``as_of``, or None. Ask before the new batch takes its place."""
    if feed.mode != "snapshot":
        return None
    cursor.execute(
        "select batch_id::text, as_of from ops.feed_batches where feed_id = %s and as_of <= %s "
        "and status = 'loaded' order by as_of desc limit 1",
        (feed.feed_id, as_of),
    )
    row = cursor.fetchone()
    return None if row is None else FormerSnapshot(*row)


def compared_columns(table: Table) -> list[str]:
    """Returns the columns of the key that identify the subject: not the month of a payment, which is always
    new.
    """
    names = [name for name in table.key if table.column(name).type != "month"]
    return names or list(table.key)


def compare_tables(
    cursor: Cursor, feed: Feed, former: FormerSnapshot, batch: uuid.UUID
) -> list[TableComparison]:
    """Compares every table of the feed with the former snapshot; the database counts what differs."""
    default = Gone(
        share=operator_setting(cursor, MOST_GONE_SHARE, most=1),
        always=int(operator_setting(cursor, MAY_ALWAYS_GO)),
    )
    reported_share = operator_setting(cursor, REPORTED_SHARE, most=1)
    # the planner knows nothing of rows this transaction wrote: it would look each key up one by one, or sort
    cursor.execute(
        "set local enable_nestloop = off; set local enable_sort = off; set local work_mem = '64MB'"
    )
    found = [
        _compare(cursor, feed, table, former, str(batch), default, reported_share) for table in feed.tables
    ]
    cursor.execute(
        "set local enable_nestloop to default; set local enable_sort to default; "
        "set local work_mem to default"
    )
    return found


def _compare(
    cursor: Cursor,
    feed: Feed,
    table: Table,
    former: FormerSnapshot,
    batch: str,
    default: Gone,
    reported_share: float,
) -> TableComparison:
    raw = sql.Identifier("raw", feed.raw_table(table))
    values = {"batch": batch, "former": former.batch_id, "table": table.name}
    allowed = table.most_gone or default
    cursor.execute(
        sql.SQL(
            "select count(*), count(*) filter (where not is_there), "
            "(select count(*) from {raw} where batch_id = %(former)s), "
            "(select count(*) from {raw} where batch_id = %(batch)s) from ({before}) as b"
        ).format(raw=raw, before=_before(table, raw)),
        values,
    )
    ((keys_before, keys_gone, rows_before, rows_now),) = cursor.fetchall()
    found = TableComparison(
        table.name, keys_before, keys_gone, rows_before, rows_now, False, allowed, reported_share
    )
    if found.too_many or found.is_reported:
        # a row in quarantine still exists at its source
        cursor.execute(
            sql.SQL(
                "select count(*) from ({before}) as g where not is_there and not exists ("
                "select from ops.quarantine as q "
                "where q.batch_id = %(batch)s and q.table_name = %(table)s and {same})"
            ).format(
                before=_before(table, raw), same=same_masked_values(table, "g", compared_columns(table))
            ),
            values,
        )
        ((keys_gone,),) = cursor.fetchall()
    same = rows_before == rows_now and keys_gone == 0 and _is_same(cursor, raw, values)
    return TableComparison(
        table.name, keys_before, keys_gone, rows_before, rows_now, same, allowed, reported_share
    )


def _before(table: Table, raw: sql.Identifier) -> sql.Composable:
    """Keys of the former snapshot, and whether the new one has them."""
    return sql.SQL(
        "select {keys}, bool_or(is_new) as is_there from ("
        "select {keys}, batch_id = %(batch)s::uuid as is_new from {raw} "
        "where batch_id in (%(former)s, %(batch)s) and {present}) as both_of_them "
        "group by {keys} having bool_or(not is_new)"
    ).format(keys=_columns(table), raw=raw, present=_present(table))


def _is_same(cursor: Cursor, raw: sql.Identifier, values: dict[str, str]) -> bool:
    cursor.execute(
        sql.SQL(
            "select not exists (select row_digest from {raw} where batch_id = %(former)s "
            "except select row_digest from {raw} where batch_id = %(batch)s)"
        ).format(raw=raw),
        values,
    )
    ((same,),) = cursor.fetchall()
    return bool(same)


def hold_if_keys_gone(
    cursor: Cursor,
    feed: Feed,
    former: FormerSnapshot,
    as_of: date,
    batch: uuid.UUID,
    comparisons: list[TableComparison],
) -> str | None:
    """Writes the comparison and holds the batch where too many keys are gone; returns the reason, or None."""
    for one in comparisons:
        cursor.execute(
            "insert into ops.delivery_comparisons (batch_id, feed_id, table_name, as_of, former_batch_id, "
            "keys_before, keys_gone, rows_before, rows_now, too_many, same_rows) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                str(batch), feed.feed_id, one.table, as_of, former.batch_id, one.keys_before, one.keys_gone,
                one.rows_before, one.rows_now, one.too_many,
                one.same and former.as_of < as_of,
            ),
        )  # fmt: skip
    losses = [
        f"table {one.table}: {one.keys_gone} of {one.keys_before} keys of {former.as_of} are not in it, "
        f"expected at most {one.allowed.share:.1%} or {one.allowed.always}"
        for one in comparisons
        if one.too_many
    ]
    if not losses:
        return None
    reason = (
        f"{feed.feed_id}: {'; '.join(losses)}; it looks cut off: ask the publisher to send the whole of it "
        "again. If so many are really gone, release the batch: "
        f".venv/bin/python -m warehouse release --batch {batch} --reason '...'"
    )
    holds.hold_too(cursor, str(batch), reason)
    return reason


def losses_in_small_tables(former: FormerSnapshot | None, comparisons: list[TableComparison]) -> str | None:
    """Returns a sentence about tables that lost most of their keys but are too small to be held, or None."""
    losses = [
        f"table {one.table}: {one.keys_gone} of {one.keys_before} keys of {former.as_of} are not in it"
        for one in comparisons
        if former and one.is_reported
    ]
    return (
        f"{'; '.join(losses)}; expected most of them: ask the publisher whether it is whole"
        if losses
        else None
    )


def _columns(table: Table) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, compared_columns(table)))


def _present(table: Table) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("{} is not null").format(sql.Identifier(name)) for name in compared_columns(table)
    )
