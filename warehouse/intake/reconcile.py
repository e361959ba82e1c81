"""Compares a delta feed with its whole source.

A delta cannot report rows that it lost or silently deleted.

The whole source is loaded like any delivery, which brings in the rows that the deltas missed. Its keys are
kept meanwhile. A key in force here that is not among them gets a row with operation ``delete``, in a batch
that the hub makes, in the same transaction. The past stays as it was: the deletion counts from the day on
which it was found.
"""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass, field
from datetime import date

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from connectors.catalogue.model import OPERATION
from connectors.delivery import DecodedChunk
from connectors.errors import BatchRejected
from warehouse.intake.deletions import delete_missing, undo_deletions
from warehouse.intake.key_tables import (
    missing_table,
    present_table,
    same_key,
    same_masked_values,
    source_keys_table,
)
from warehouse.store.connect import operator_setting
from warehouse.store.rows_in_force import not_deleted, rows_in_force

#: Rows of ``ops.settings``. A source that lacks more of our keys than this share looks cut off; a person has
#: to look before they are deleted. So few may always go: a small table changes by large shares.
MOST_GONE_SHARE = "reconcile_most_gone_share"
MAY_ALWAYS_GO = "reconcile_may_always_go"


#: Code of ``ops.delivery_notes`` for what a comparison found odd.
NOTE = "older_at_source"


def needs_source_keys(cursor: Cursor, feed: Feed, whole: bool) -> bool:
    """Tells whether the keys of a delivery are needed: to compare them, or because the hub deleted some
    itself.
    """
    if whole or feed.mode != "delta":
        return whole
    cursor.execute(
        "select exists (select from ops.reconciliations "
        "where feed_id = %s and deletion_batch_id is not null)",
        (feed.feed_id,),
    )
    row = cursor.fetchone()
    return bool(row and row[0])


@dataclass
class SourceKeys:
    """The keys of a read, with their change times, in temporary tables of the transaction."""

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
                sql.SQL("create temp table {} ({}) on commit drop").format(source_keys_table(table), columns)
            )

    def add(self, chunk: DecodedChunk, loaded: int) -> None:
        """Adds the keys of one chunk, of which ``loaded`` rows were new."""
        table = self.feed.table(chunk.table)
        self.note_loaded(table, loaded)
        rows = chunk.good.select(self._kept(table))
        if self.feed.cursor:
            rows = rows.sort(self.feed.cursor.column, nulls_last=False)
        buffer = io.BytesIO()
        rows.unique(list(table.key), keep="last").write_csv(buffer, include_header=False)
        buffer.seek(0)
        statement = sql.SQL("copy {} from stdin (format csv)").format(source_keys_table(table))
        self.cursor.copy_expert(statement, buffer)

    def note_loaded(self, table: Table, loaded: int) -> None:
        """Adds to the count of rows that were new."""
        self.loaded[table.name] = self.loaded.get(table.name, 0) + loaded

    def _kept(self, table: Table) -> list[str]:
        """Returns the columns that are kept: the key, the change time, and the operation if the source has
        one.
        """
        changed = self.feed.cursor.column if self.feed.cursor else None
        return [c.name for c in table.columns if c.name in table.key or c.name in (changed, OPERATION)]

    def delete_missing_keys(self, batch: uuid.UUID, as_of: date) -> list[str]:
        """Deletes the keys that are gone from the source and writes the report ``ops.reconciliations``.

        Returns sentences about what the source says that cannot be right. Raises ``BatchRejected`` if too
        many keys are gone.
        """
        back = undo_deletions(self.cursor, self.feed, as_of)
        odd = []
        for table in self.feed.tables:
            at_source, here, gone = self._count(table, batch, as_of)
            deletion, note = None, None
            if gone and not table.marks_deletions:
                note = "the feed has no operation column: nothing is deleted"
            elif gone and self._unreadable(table, batch):
                note = "some rows of the source cannot be told apart by their key: nothing is deleted"
            elif gone:
                self._refuse_too_many(table, here, gone)
                deletion = delete_missing(self.cursor, self.feed, table, batch, as_of, gone)
            if behind := self._behind(table):
                odd.append(
                    f"table {table.name}: {behind} keys have an earlier change time at the source than the "
                    "version here, which stays in force; expected times that only go on: ask the publisher"
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
        """Returns how many keys the source has, how many are in force here, and how many of these are gone
        there.
        """
        self.cursor.execute(
            sql.SQL("create temp table {here} on commit drop as {in_force}").format(
                here=present_table(table), in_force=self._in_force(table)
            ),
            {"as_of": as_of, "feed": self.feed.feed_id},
        )
        here = self.cursor.rowcount
        self.cursor.execute(
            sql.SQL("create temp table {} on commit drop as table {}").format(
                missing_table(table), present_table(table)
            )
        )
        self.cursor.execute(
            sql.SQL("delete from {gone} as g using {keys} as k where {same}").format(
                gone=missing_table(table), keys=source_keys_table(table), same=same_key(table, "g", "k")
            )
        )
        # a row in quarantine still exists at its source: its key is compared in the form the quarantine shows
        self.cursor.execute(
            sql.SQL(
                "delete from {gone} as g using ops.quarantine as q "
                "where q.batch_id = %s and q.table_name = %s and {same}"
            ).format(gone=missing_table(table), same=same_masked_values(table, "g", table.key)),
            (str(batch), table.name),
        )
        self.cursor.execute(
            sql.SQL("select (select count(*) from {}), (select count(*) from {})").format(
                source_keys_table(table), missing_table(table)
            )
        )
        at_source, gone = self.cursor.fetchone() or (0, 0)
        return int(at_source), here, int(gone)

    def _behind(self, table: Table) -> int:
        """Counts keys whose version here has a later change time than the source's: the source's version has
        no effect.
        """
        if self.feed.cursor is None:
            return 0
        self.cursor.execute(
            sql.SQL("select count(*) from {here} as h inner join {keys} as k on {same} where {later}").format(
                here=present_table(table),
                keys=source_keys_table(table),
                same=same_key(table, "h", "k"),
                later=sql.SQL("h.{0} > k.{0}").format(sql.Identifier(self.feed.cursor.column)),
            )
        )
        row = self.cursor.fetchone()
        return int(row[0]) if row else 0

    def _in_force(self, table: Table) -> sql.Composable:
        """Returns SQL for the newest version of each key on the day, as staging picks it, without deleted
        ones.
        """
        return rows_in_force(self.feed, table, not_deleted(table))

    def _unreadable(self, table: Table, batch: uuid.UUID) -> bool:
        """Tells whether an unusable row could be one of ours in disguise: it has none of our keys and is
        new.
        """
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
            """).format(here=present_table(table), same=same_masked_values(table, "g", table.key)),
            (str(batch), table.name),
        )
        row = self.cursor.fetchone()
        return bool(row and row[0])

    def _refuse_too_many(self, table: Table, here: int, gone: int) -> None:
        share = operator_setting(self.cursor, MOST_GONE_SHARE, most=1)
        always = operator_setting(self.cursor, MAY_ALWAYS_GO)
        if gone > max(always, here * share):
            raise BatchRejected(
                self.feed.feed_id,
                f"table {table.name}: {gone} of {here} keys are gone from the source, expected at most "
                f"{share:.1%} or {always:.0f}; it looks cut off: nothing was changed, ask the publisher. "
                f"If that many are gone, raise {MOST_GONE_SHARE} or {MAY_ALWAYS_GO} in ops.settings: "
                f"update ops.settings set value = '{gone}' where name = '{MAY_ALWAYS_GO}'; compare again "
                f"(make backfill RECONCILE=1), then set it back to '{always:.0f}'",
            )
