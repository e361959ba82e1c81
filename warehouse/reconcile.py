"""Compares a delta feed with its whole source: a delta tells neither what it lost nor what vanished silently.

While the whole source is loaded like any delivery (rows the deltas had missed come in by that), its keys are
kept aside. A key in force here that is not among them gets a row with operation ``delete``, in a batch of the
hub's own, in the same transaction. The past stays as it was: the deletion counts from the day it was seen on.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from dataclasses import dataclass, field
from datetime import date

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from connectors.errors import BatchRejected
from connectors.types import DecodedChunk
from warehouse import copying, db, ledger

#: Rows of ``ops.settings``. A source that lacks more of our keys than this share looks cut off; a person has
#: to look before they are deleted. So few may always go: a small table changes by large shares.
MOST_GONE_SHARE = "reconcile_most_gone_share"
MAY_ALWAYS_GO = "reconcile_may_always_go"
#: Row numbers of deletions: after any row a department delivers, so that they come last on their day.
_FIRST_ROW_NO = 1_000_000_000


def can_delete(table: Table) -> bool:
    """Whether rows of this table can be marked as deleted."""
    return any(c.name == "operation" for c in table.columns)


@dataclass
class SourceKeys:
    """The keys of a whole read, by table, in temporary tables of the loader's transaction."""

    cursor: Cursor
    feed: Feed
    loaded: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in self.feed.tables:
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.sql_type))
                for c in table.columns
                if c.name in table.key
            )
            self.cursor.execute(
                sql.SQL("create temp table {} ({}) on commit drop").format(self._keys(table), columns)
            )

    def take(self, chunk: DecodedChunk, loaded: int) -> None:
        """Keeps the keys of one chunk, of which ``loaded`` rows were new."""
        table = self.feed.table(chunk.table)
        self.loaded[table.name] = self.loaded.get(table.name, 0) + loaded
        names = [c.name for c in table.columns if c.name in table.key]
        buffer = io.BytesIO()
        chunk.good.select(names).unique().write_csv(buffer, include_header=False)
        buffer.seek(0)
        statement = sql.SQL("copy {} from stdin (format csv)").format(self._keys(table))
        self.cursor.copy_expert(statement, buffer)

    def settle(self, batch: uuid.UUID, as_of: date) -> None:
        """Deletes what is gone and writes the report. Raises ``BatchRejected`` if too much is gone."""
        for table in self.feed.tables:
            at_source, here, gone = self._count(table, batch, as_of)
            deletion, note = None, None
            if gone and not can_delete(table):
                note = "the feed has no operation column: nothing is deleted"
            elif gone and self._unreadable(table, batch):
                note = "some rows of the source cannot be told apart by their key: nothing is deleted"
            elif gone:
                self._refuse_too_many(table, here, gone)
                deletion = self._delete(table, batch, as_of, gone)
            self.cursor.execute(
                "insert into ops.reconciliations (batch_id, feed_id, table_name, as_of, keys_at_source, "
                "rows_missed, keys_gone, deletion_batch_id, note) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    str(batch), self.feed.feed_id, table.name, as_of, at_source,
                    self.loaded.get(table.name, 0), gone, deletion and str(deletion), note,
                ),
            )  # fmt: skip

    def _count(self, table: Table, batch: uuid.UUID, as_of: date) -> tuple[int, int, int]:
        """Keys at the source, keys in force here, and those of them that are gone there."""
        self.cursor.execute(
            sql.SQL("create temp table {here} on commit drop as {in_force}").format(
                here=self._here(table), in_force=self._in_force(table)
            ),
            {"as_of": as_of, "feed": self.feed.feed_id},
        )
        here = self.cursor.rowcount
        self.cursor.execute(
            sql.SQL("create temp table {} on commit drop as table {}").format(
                self._gone(table), self._here(table)
            )
        )
        self.cursor.execute(
            sql.SQL("delete from {gone} as g using {keys} as k where {same}").format(
                gone=self._gone(table), keys=self._keys(table), same=_same(table, "g", "k")
            )
        )
        # a row that could not be used is not gone: its key is compared the way the quarantine shows it
        self.cursor.execute(
            sql.SQL(
                "delete from {gone} as g using ops.quarantine as q "
                "where q.batch_id = %s and q.table_name = %s and {same}"
            ).format(gone=self._gone(table), same=_same_masked(table)),
            (str(batch), table.name),
        )
        self.cursor.execute(
            sql.SQL("select (select count(*) from {}), (select count(*) from {})").format(
                self._keys(table), self._gone(table)
            )
        )
        at_source, gone = self.cursor.fetchone() or (0, 0)
        return int(at_source), here, int(gone)

    def _in_force(self, table: Table) -> sql.Composable:
        """The newest version of each key at the day, as staging picks it; without the deleted ones."""
        order = [sql.SQL("r.{}").format(sql.Identifier(k)) for k in table.key]
        newest: list[sql.Composable] = [
            sql.SQL("b.as_of desc"),
            sql.SQL("r.row_no desc"),
            sql.SQL("r.batch_id desc"),
        ]
        if self.feed.cursor:
            newest.insert(0, sql.SQL("r.{} desc").format(sql.Identifier(self.feed.cursor.column)))
        return sql.SQL("""
            select * from (
                select distinct on ({key}) r.*
                from {raw} as r
                inner join ops.current_batches(%(as_of)s) as b
                    on r.batch_id = b.batch_id and b.feed_id = %(feed)s
                order by {key}, {newest}
            ) as newest where {present}
        """).format(
            key=sql.SQL(", ").join(order),
            raw=self._raw(table),
            newest=sql.SQL(", ").join(newest),
            present=sql.SQL("operation <> 'delete'" if can_delete(table) else "true"),
        )

    def _unreadable(self, table: Table, batch: uuid.UUID) -> bool:
        """Whether an unusable row could be one of ours in disguise: it has none of our keys and is new."""
        self.cursor.execute(
            sql.SQL("""
                select exists (
                    select 1 from ops.quarantine as q
                    where q.batch_id = %s and q.table_name = %s
                        and not exists (select 1 from {here} as g where {same})
                        and not exists (
                            select 1 from ops.quarantine as known
                            where known.feed_id = q.feed_id and known.table_name = q.table_name
                                and known.batch_id <> q.batch_id and known.payload = q.payload))
            """).format(here=self._here(table), same=_same_masked(table)),
            (str(batch), table.name),
        )
        row = self.cursor.fetchone()
        return bool(row and row[0])

    def _refuse_too_many(self, table: Table, here: int, gone: int) -> None:
        share = db.operator_setting(self.cursor, MOST_GONE_SHARE, most=1)
        always = db.operator_setting(self.cursor, MAY_ALWAYS_GO)
        if gone > max(always, here * share):
            raise BatchRejected(
                self.feed.feed_id,
                f"table {table.name}: {gone} of {here} keys are gone from the source, expected at most "
                f"{share:.1%} or {always:.0f}; it looks cut off: nothing was changed, ask the publisher. "
                f"If that many are gone, raise {MOST_GONE_SHARE} or {MAY_ALWAYS_GO} in ops.settings",
            )

    def _delete(self, table: Table, batch: uuid.UUID, as_of: date, gone: int) -> uuid.UUID:
        sha256 = hashlib.sha256(f"gone from {table.name} by {batch}".encode()).hexdigest()
        deletion = ledger.batch_id(self.feed.feed_id, as_of, sha256)
        # it counts beside the day's delivery: not as another one, hence superseded, but with its rows kept
        self.cursor.execute(
            "insert into ops.feed_batches as b (batch_id, feed_id, as_of, mode, status, rows_received, "
            "rows_loaded, rows_duplicate, rows_quarantined, content_sha256, landing_path, cursor_until, "
            "keeps_rows, started_at) select %s, feed_id, as_of, mode, 'superseded', %s, %s, 0, 0, %s, "
            "landing_path, cursor_until, true, started_at from ops.feed_batches where batch_id = %s "
            # the same source was read on this day before, and another state in between
            "on conflict (batch_id) do update set rows_received = b.rows_received + excluded.rows_received, "
            "rows_loaded = b.rows_loaded + excluded.rows_loaded, keeps_rows = true, "
            "rows_changed_at = clock_timestamp()",
            (str(deletion), gone, gone, sha256, str(batch)),
        )
        names = [c.name for c in table.columns]
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        deleted = sql.SQL(", ").join(
            sql.SQL("'delete'::text") if n == "operation" else sql.SQL("g.{}").format(sql.Identifier(n))
            for n in names
        )
        self.cursor.execute(
            sql.SQL("""
                insert into {raw} ({columns}, batch_id, row_no, row_digest, extra)
                select {columns}, %(batch)s, %(first)s + row_number() over (),
                    md5(row({columns})::text)::uuid, '{{"deleted_by": "reconciliation"}}'
                from (select {deleted} from {gone} as g) as d ({columns})
                -- deleted, back again word for word, and gone once more: the deletion counts from now on
                on conflict (row_digest) do update set batch_id = excluded.batch_id, row_no = excluded.row_no
            """).format(raw=self._raw(table), columns=columns, deleted=deleted, gone=self._gone(table)),
            {"batch": str(deletion), "first": _FIRST_ROW_NO},
        )
        return deletion

    def _raw(self, table: Table) -> sql.Identifier:
        return sql.Identifier("raw", self.feed.raw_table(table))

    def _keys(self, table: Table) -> sql.Identifier:
        return sql.Identifier(f"keys_{table.name}")

    def _here(self, table: Table) -> sql.Identifier:
        return sql.Identifier(f"here_{table.name}")

    def _gone(self, table: Table) -> sql.Identifier:
        return sql.Identifier(f"gone_{table.name}")


def _same(table: Table, left: str, right: str) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(left, key), sql.Identifier(right, key)) for key in table.key
    )


def _same_masked(table: Table) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("{} = q.payload->>{}").format(copying.masked(table, key, "g"), sql.Literal(key))
        for key in table.key
    )
