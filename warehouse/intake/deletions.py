"""Writes deletions of keys that are gone from the whole source, and undoes them when the key is there after
all.

These rows are in batches that the hub makes itself. Nothing here commits.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import date

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from connectors.catalogue.model import OPERATION
from warehouse.intake import batches
from warehouse.intake.key_tables import (
    DELETED_HERE,
    missing_table,
    same_key,
    source_keys_table,
)
from warehouse.store.rows_in_force import raw_table, rows_in_force

#: Row numbers of deletions: after any row a department delivers, so that they come last on their day.
_FIRST_ROW_NO = 1_000_000_000


def undo_deletions(cursor: Cursor, feed: Feed, as_of: date) -> dict[str, int]:
    """Undoes the hub's own deletions of keys that the source has after all; returns how many, by table.

    A rebuilt table brings its rows unchanged: they are still here, beneath the deletion.
    """
    return {
        table.name: _undo_deletions_in(cursor, feed, table, as_of)
        for table in feed.tables
        if table.marks_deletions
    }


def _undo_deletions_in(cursor: Cursor, feed: Feed, table: Table, as_of: date) -> int:
    if not _has_returned_keys(cursor, feed, table):
        return 0
    condition = "operation = 'delete' and extra ->> 'deleted_by' = 'reconciliation'"
    cursor.execute(
        sql.SQL("""
            with back as (
                delete from {raw} where ctid in (
                    select d.place from ({deleted}) as d inner join {keys} as k on {same}
                    where k.operation <> 'delete')
                returning batch_id
            )
            update ops.feed_batches as b
            set rows_received = b.rows_received - taken.rows, rows_loaded = b.rows_loaded - taken.rows,
                rows_changed_at = clock_timestamp()
            from (select batch_id, count(*) as rows from back group by batch_id) as taken
            where b.batch_id = taken.batch_id
            returning taken.rows
        """).format(
            raw=raw_table(feed, table),
            deleted=rows_in_force(feed, table, condition),
            keys=source_keys_table(table),
            same=same_key(table, "d", "k"),
        ),
        {"as_of": as_of, "feed": feed.feed_id},
    )
    return sum(int(rows) for (rows,) in cursor.fetchall())


def _has_returned_keys(cursor: Cursor, feed: Feed, table: Table) -> bool:
    """Looks at the few rows of deletions first, so that the whole table is sorted only if needed."""
    cursor.execute(
        sql.SQL(
            "select exists (select from ops.reconciliations as r "
            "inner join {raw} as d on d.batch_id = r.deletion_batch_id "
            "inner join {keys} as k on {same} "
            "where r.feed_id = %s and r.table_name = %s and k.operation <> 'delete')"
        ).format(raw=raw_table(feed, table), keys=source_keys_table(table), same=same_key(table, "d", "k")),
        (feed.feed_id, table.name),
    )
    row = cursor.fetchone()
    return bool(row and row[0])


def delete_missing(
    cursor: Cursor, feed: Feed, table: Table, batch: uuid.UUID, as_of: date, count: int
) -> uuid.UUID:
    """Deletes the ``count`` keys that are gone from the source, from ``as_of`` on; returns the batch of the
    deletions.
    """
    sha256 = hashlib.sha256(f"gone from {table.name} by {batch}".encode()).hexdigest()
    deletion = batches.batch_id(feed.feed_id, as_of, sha256)
    # it counts beside the day's delivery: it is recorded as superseded, but its rows are kept
    cursor.execute(
        "insert into ops.feed_batches as b (batch_id, feed_id, as_of, mode, status, rows_received, "
        "rows_loaded, rows_duplicate, rows_quarantined, content_sha256, landing_path, cursor_until, "
        "keeps_rows, started_at) select %s, feed_id, as_of, mode, 'superseded', %s, %s, 0, 0, %s, "
        "landing_path, cursor_until, true, started_at from ops.feed_batches where batch_id = %s "
        # the same source was read on this day before, and another state in between
        "on conflict (batch_id) do update set rows_received = b.rows_received + excluded.rows_received, "
        "rows_loaded = b.rows_loaded + excluded.rows_loaded, keeps_rows = true, "
        "rows_changed_at = clock_timestamp()",
        (str(deletion), count, count, sha256, str(batch)),
    )
    names = [c.name for c in table.stored]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    deleted = sql.SQL(", ").join(
        sql.SQL("'delete'::text") if n == OPERATION else sql.SQL("g.{}").format(sql.Identifier(n))
        for n in names
    )
    cursor.execute(
        sql.SQL("""
            insert into {raw} ({columns}, batch_id, row_no, row_digest, extra)
            select {columns}, %(batch)s, %(first)s + row_number() over (),
                md5(row({columns})::text)::uuid, %(deleted)s
            from (select {deleted} from {gone} as g) as d ({columns})
            -- deleted, back again word for word, and gone once more: the deletion counts from now on
            on conflict (row_digest) do update set batch_id = excluded.batch_id, row_no = excluded.row_no
        """).format(raw=raw_table(feed, table), columns=columns, deleted=deleted, gone=missing_table(table)),
        {"batch": str(deletion), "first": _FIRST_ROW_NO, "deleted": DELETED_HERE},
    )
    return deletion
