"""Moves rows between batches of a cumulative feed, and back.

Such a feed keeps each row once. If a batch brings a row of another batch that does not count (or counts only
from a later day on), the row changes over. If the new batch is held or replaced later, a row that the other
one had brought as well must not vanish with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

_COUNTS = "({0}.status = 'loaded' or ({0}.status = 'superseded' and {0}.keeps_rows))"


def transfer_rows(
    cursor: Cursor,
    raw_table: str,
    stage: sql.Identifier,
    batch: UUID,
    transferable: Sequence[UUID],
) -> int:
    """Moves the rows of ``transferable`` batches that came again to ``batch``; returns how many.

    For the former batch they are duplicates from now on, so each batch's count of loaded rows stays the count
    of its rows. ``ops.adopted_rows`` keeps both versions.
    """
    cursor.execute(
        sql.SQL("""
            with came as (
                select distinct on (row_digest) row_digest, row_no, as_received, extra
                from {stage} order by row_digest, row_no
            ),
            found as (
                select r.ctid as place, r.batch_id as former, r.row_no as former_row_no,
                    r.as_received as former_as_received, r.extra as former_extra, came.*
                from {raw} as r inner join came on r.row_digest = came.row_digest
                where r.batch_id = any (%(transferable)s::uuid[])
            ),
            noted as (
                insert into ops.adopted_rows
                select %(table)s, row_digest, %(batch)s, former, row_no, as_received, extra,
                    former_row_no, former_as_received, former_extra
                from found on conflict do nothing
            ),
            moved as (
                update {raw} as r
                set batch_id = %(batch)s, row_no = found.row_no,
                    as_received = found.as_received, extra = found.extra
                from found where r.ctid = found.place
                returning found.former
            )
            update ops.feed_batches as b
            set rows_loaded = b.rows_loaded - given.rows, rows_duplicate = b.rows_duplicate + given.rows,
                rows_changed_at = clock_timestamp()
            from (select former, count(*) as rows from moved group by former) as given
            where b.batch_id = given.former
            returning given.rows
        """).format(raw=sql.Identifier("raw", raw_table), stage=stage),
        {"batch": str(batch), "table": raw_table, "transferable": [str(a) for a in transferable]},
    )
    return sum(int(rows) for (rows,) in cursor.fetchall())


def return_rows(cursor: Cursor, feed_id: str) -> int:
    """Moves rows of a feed's batches that do not count to the batch that counts and brought them too, the
    earliest first.

    Call it whenever a batch begins or ceases to count. Returns how many rows moved.
    """
    cursor.execute(
        "select distinct a.raw_table from ops.adopted_rows as a "
        "inner join ops.feed_batches as b using (batch_id) where b.feed_id = %s",
        (feed_id,),
    )
    return sum(_return_rows_of_table(cursor, feed_id, table) for (table,) in cursor.fetchall())


def _return_rows_of_table(cursor: Cursor, feed_id: str, raw_table: str) -> int:
    cursor.execute(
        sql.SQL("""
            with brought as (
                select row_digest, batch_id as holder, former_batch_id as owner,
                    former_row_no as row_no, former_as_received as as_received, former_extra as extra
                from ops.adopted_rows where raw_table = %(table)s
                union all
                select row_digest, former_batch_id, batch_id, row_no, as_received, extra
                from ops.adopted_rows where raw_table = %(table)s
            ),
            passing as (
                select distinct on (r.row_digest) r.ctid as place, brought.*
                from brought
                inner join {raw} as r on r.row_digest = brought.row_digest and r.batch_id = brought.holder
                inner join ops.feed_batches as h on h.batch_id = brought.holder
                inner join ops.feed_batches as o on o.batch_id = brought.owner
                where h.feed_id = %(feed)s and not {holder_counts} and {owner_counts}
                order by r.row_digest, o.as_of, o.started_at
            ),
            moved as (
                update {raw} as r
                set batch_id = p.owner, row_no = p.row_no, as_received = p.as_received, extra = p.extra
                from passing as p where r.ctid = p.place
                returning p.holder, p.owner
            ),
            changed as (
                select batch_id, sum(rows) as rows from (
                    select owner as batch_id, count(*) as rows from moved group by owner
                    union all
                    select holder, -count(*) from moved group by holder
                ) as both_sides group by batch_id
            )
            update ops.feed_batches as b
            set rows_loaded = b.rows_loaded + c.rows, rows_duplicate = b.rows_duplicate - c.rows,
                rows_changed_at = clock_timestamp()
            from changed as c where b.batch_id = c.batch_id
            returning greatest(c.rows, 0)
        """).format(
            raw=sql.Identifier("raw", raw_table),
            holder_counts=sql.SQL(_COUNTS.format("h")),
            owner_counts=sql.SQL(_COUNTS.format("o")),
        ),
        {"table": raw_table, "feed": feed_id},
    )
    return sum(int(rows) for (rows,) in cursor.fetchall())
