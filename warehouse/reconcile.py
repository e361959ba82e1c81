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


#: Code of ``ops.delivery_notes`` for what a comparison found odd.
NOTE = "older_at_source"


def is_needed(cursor: Cursor, feed: Feed, whole: bool) -> bool:
    """Whether the keys of a delivery are wanted: to compare, or because some were deleted here for being gone."""
    if whole or feed.mode != "delta":
        return whole
    cursor.execute(
        "select exists (select from ops.reconciliations where feed_id = %s and deletion_batch_id is not null)",
        (feed.feed_id,),
    )
    row = cursor.fetchone()
    return bool(row and row[0])


def can_delete(table: Table) -> bool:
    """Whether rows of this table can be marked as deleted."""
    return any(c.name == "operation" for c in table.columns)


@dataclass
class SourceKeys:
    """The keys of a read, with what the source says of them, in temporary tables of the loader's transaction."""

    cursor: Cursor
    feed: Feed
    loaded: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in self.feed.tables:
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.sql_type))
                for c in table.columns
                if c.name in self._kept(table)
            )
            self.cursor.execute(
                sql.SQL("create temp table {} ({}) on commit drop").format(self._keys(table), columns)
            )

    def take(self, chunk: DecodedChunk, loaded: int) -> None:
        """Keeps the keys of one chunk, of which ``loaded`` rows were new."""
        table = self.feed.table(chunk.table)
        self.loaded[table.name] = self.loaded.get(table.name, 0) + loaded
        rows = chunk.good.select(self._kept(table))
        if self.feed.cursor:
            rows = rows.sort(self.feed.cursor.column, nulls_last=False)
        buffer = io.BytesIO()
        rows.unique(list(table.key), keep="last").write_csv(buffer, include_header=False)
        buffer.seek(0)
        statement = sql.SQL("copy {} from stdin (format csv)").format(self._keys(table))
        self.cursor.copy_expert(statement, buffer)

    def _kept(self, table: Table) -> list[str]:
        """The columns that are kept: the key, when it changed, and whether the source itself says it is deleted."""
        changed = self.feed.cursor.column if self.feed.cursor else None
        return [c.name for c in table.columns if c.name in table.key or c.name in (changed, "operation")]

    def bring_back(self, as_of: date) -> dict[str, int]:
        """Takes back deletions of the hub's own whose keys are at the source after all; how many, by table.

        A table that was rebuilt brings its rows word for word: they are here, beneath the deletion.
        """
        return {table.name: self._bring_back(table, as_of) for table in self.feed.tables if can_delete(table)}

    def _bring_back(self, table: Table, as_of: date) -> int:
        if not self._is_any_back(table):
            return 0
        condition = "operation = 'delete' and extra ->> 'deleted_by' = 'reconciliation'"
        self.cursor.execute(
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
                raw=self._raw(table),
                deleted=self._newest(table, condition),
                keys=self._keys(table),
                same=_same(table, "d", "k"),
            ),
            {"as_of": as_of, "feed": self.feed.feed_id},
        )
        return sum(int(rows) for (rows,) in self.cursor.fetchall())

    def _is_any_back(self, table: Table) -> bool:
        """Looks at the few rows of deletions before the whole table is sorted."""
        self.cursor.execute(
            sql.SQL(
                "select exists (select from ops.reconciliations as r "
                "inner join {raw} as d on d.batch_id = r.deletion_batch_id "
                "inner join {keys} as k on {same} "
                "where r.feed_id = %s and r.table_name = %s and k.operation <> 'delete')"
            ).format(raw=self._raw(table), keys=self._keys(table), same=_same(table, "d", "k")),
            (self.feed.feed_id, table.name),
        )
        row = self.cursor.fetchone()
        return bool(row and row[0])

    def settle(self, batch: uuid.UUID, as_of: date) -> list[str]:
        """Deletes what is gone and writes the report. Raises ``BatchRejected`` if too much is gone.

        Returns, in words, what the source says that cannot be right.
        """
        back = self.bring_back(as_of)
        odd = []
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
            if behind := self._behind(table):
                odd.append(
                    f"table {table.name}: {behind} keys have an earlier change time at the source than the version "
                    "here, which stays in force; expected times that only go on: ask the publisher"
                )
            # the same content may be compared more than once: what was deleted adds up
            self.cursor.execute(
                "insert into ops.reconciliations as r (batch_id, feed_id, table_name, as_of, keys_at_source, "
                "rows_missed, keys_gone, deletion_batch_id, note, keys_back, keys_behind) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
                "on conflict (batch_id, table_name) do update set keys_at_source = excluded.keys_at_source, "
                "rows_missed = r.rows_missed + excluded.rows_missed, keys_gone = excluded.keys_gone "
                "+ case when r.deletion_batch_id is null then 0 else r.keys_gone end, "
                "deletion_batch_id = coalesce(excluded.deletion_batch_id, r.deletion_batch_id), "
                "note = excluded.note, keys_back = r.keys_back + excluded.keys_back, "
                "keys_behind = excluded.keys_behind, checked_at = clock_timestamp()",
                (
                    str(batch), self.feed.feed_id, table.name, as_of, at_source,
                    self.loaded.get(table.name, 0), gone, deletion and str(deletion), note,
                    back.get(table.name, 0), behind,
                ),
            )  # fmt: skip
        return odd

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

    def _behind(self, table: Table) -> int:
        """Keys whose version here was changed later than the source says: what it says now has no effect."""
        if self.feed.cursor is None:
            return 0
        self.cursor.execute(
            sql.SQL("select count(*) from {here} as h inner join {keys} as k on {same} where {later}").format(
                here=self._here(table),
                keys=self._keys(table),
                same=_same(table, "h", "k"),
                later=sql.SQL("h.{0} > k.{0}").format(sql.Identifier(self.feed.cursor.column)),
            )
        )
        row = self.cursor.fetchone()
        return int(row[0]) if row else 0

    def _in_force(self, table: Table) -> sql.Composable:
        """The newest version of each key at the day, as staging picks it; without the deleted ones."""
        return self._newest(table, "operation <> 'delete'" if can_delete(table) else "true")

    def _newest(self, table: Table, condition: str) -> sql.Composable:
        """The newest version of each key at the day for which ``condition`` holds, and its place."""
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
                select distinct on ({key}) r.*, r.ctid as place
                from {raw} as r
                inner join ops.current_batches(%(as_of)s) as b
                    on r.batch_id = b.batch_id and b.feed_id = %(feed)s
                order by {key}, {newest}
            ) as newest where {present}
        """).format(
            key=sql.SQL(", ").join(order),
            raw=self._raw(table),
            newest=sql.SQL(", ").join(newest),
            present=sql.SQL(condition),
        )

    def _unreadable(self, table: Table, batch: uuid.UUID) -> bool:
        """Whether an unusable row could be one of ours in disguise: it has none of our keys and is new."""
        self.cursor.execute(
            sql.SQL("""
                select exists (
                    select 1 from ops.quarantine as q
                    where q.batch_id = %s and q.table_name = %s
                        -- of these the key was read: it is among those of the source
                        and q.reason_code <> 'time_in_future'
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
