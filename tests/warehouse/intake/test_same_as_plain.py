"""Rows, digests, duplicates, quarantine and counts are those of the plainest loader there is.

The plain one writes every row to a temporary table as CSV, lets the server digest it, and inserts what is not
there yet.
"""

from __future__ import annotations

import io
import random
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table, load_feed
from connectors.delivery import DecodedChunk
from tests.support.fakes import DAY, DELTA, EVENTS, SNAPSHOT, Department, Row, chunk, rows_of
from tests.support.loading import load
from warehouse.intake import holds, write_batch
from warehouse.intake.shared_rows import transfer_rows
from warehouse.intake.writing import table_writer
from warehouse.intake.writing.quarantine_rows import without_nul
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

AMOUNTS = "civil_affairs__tekun"
_TEXTS = (
    "", " ", "a", "王芳", "欧阳 明", "O'Neil", 'say "no"', "C:\\new\\t", "(一)", "一(1)", "a,b", "a\nb",
    "a\tb", "\\N", "　", "a\xa0b", "阿布都拉·买买提", "null", "张䶮", "\\.", "é\x85", "x" * 200,
)  # fmt: skip
_VALUES: dict[str, Sequence[Any]] = {
    "flag": (True, False),
    "integer": (0, -1, 2**31 - 1, -(2**31), 10_000),
    "decimal": tuple(map(Decimal, ("0", "-0.0001", "99999999.9999", "10000", "0.5"))),
    "amount": tuple(map(Decimal, ("0", "-0.01", "999999999999.99", "10000.00", "1234.5", "0.10"))),
    "date": (DAY, date(1, 1, 1), date(9999, 12, 31), date(2020, 2, 29)),
    "timestamp": (
        datetime.fromisoformat("1969-12-31T23:59:59.999999"), datetime.fromisoformat("2020-05-01T08:00:00.1"),
    ),
}  # fmt: skip


class PlainRows:
    """Stands in for encoded rows: the rows as they are."""

    def __init__(self, feed: Feed, batch: uuid.UUID, chunk: DecodedChunk) -> None:
        self.good = chunk.good.with_columns(without_nul("as_received", "extra"))


class PlainWriter:
    """Stands in for the writer of a table."""

    keys_may_repeat = True

    def __init__(
        self,
        cursor: Cursor,
        feed: Feed,
        table: Table,
        batch: uuid.UUID,
        transferable: Sequence[uuid.UUID],
        size: int,
    ) -> None:
        self._cursor, self._name, self._batch = cursor, feed.raw_table(table), batch
        self._columns = [c.name for c in table.stored]
        self._transferable = transferable

    def write(self, rows: PlainRows) -> int:
        names = [*self._columns, "row_no", "as_received", "extra"]
        buffer = io.BytesIO()
        rows.good.select(names).write_csv(
            buffer, include_header=False, quote_style="necessary", null_value=""
        )
        buffer.seek(0)
        raw, stage = sql.Identifier("raw", self._name), sql.Identifier("plain_stage")
        declared = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        self._run("create temp table {} (like {})", stage, raw)
        for system in ("batch_id", "row_digest"):
            self._run("alter table {} alter {} drop not null", stage, sql.Identifier(system))
        self._cursor.copy_expert(
            sql.SQL("copy {} ({}) from stdin (format csv)").format(
                stage, sql.SQL(", ").join(map(sql.Identifier, names))
            ),
            buffer,
        )
        self._run(
            "update {} set batch_id = {}, row_digest = md5(row({})::text)::uuid",
            stage, sql.Literal(str(self._batch)), declared,
        )  # fmt: skip
        taken = 0
        if self._transferable:
            taken = transfer_rows(self._cursor, self._name, stage, self._batch, self._transferable)
        self._run("insert into {} select * from {} order by row_no on conflict do nothing", raw, stage)
        loaded = taken + self._cursor.rowcount
        self._run("drop table {}", stage)
        return loaded

    def finish(self) -> int:
        return 0

    def _run(self, statement: str, *parts: sql.Composable) -> None:
        self._cursor.execute(sql.SQL(statement).format(*parts))


def drawn_value(chance: random.Random, kind: str) -> Any:
    return chance.choice(_VALUES.get("date" if kind == "month" else kind, _TEXTS))


def drawn_rows(chance: random.Random, feed: Feed, table: Table) -> list[Row]:
    """Few rows, some of which differ in one column only: in the key or in another one."""
    rows: list[Row] = [{}]
    for _ in range(12):
        row = dict(chance.choice(rows))
        column = chance.choice(table.columns)
        value = drawn_value(chance, column.type)
        if not (feed.cursor and column.name == feed.cursor.column):
            row[column.name] = None if chance.random() < 0.2 and not column.required else value
        rows.append(row)
    return rows


def drawn_delivery(chance: random.Random, feed: Feed, rows: Sequence[Row]) -> Department:
    chunks, first = [], 1
    for _ in range(chance.randint(1, 4)):
        part = [chance.choice(rows) for _ in range(chance.randint(0, 6))]
        bad = chance.randint(0, 1)
        made = chunk(feed, part, bad, first=first)
        first += len(part) + bad
        if chance.random() < 0.3:
            note = pl.lit('{"a": "\\u0000 ' + chance.choice("xyz") + '"}')
            made.good = made.good.with_columns(note.alias("as_received"))
        chunks.append(made)
    return Department(lambda feed: chunks, content=str(chance.random()))


def live(settings: Settings, feed: Feed, seed: int) -> list[object]:
    """Loads and holds deliveries, and tells what there is at the end."""
    chance = random.Random(seed)
    rows = drawn_rows(chance, feed, feed.tables[0])
    said: list[object] = []
    for _ in range(6):
        day = DAY + timedelta(days=chance.randint(0, 2))
        result = load(settings, feed, drawn_delivery(chance, feed, rows), day, refresh=True)
        said.append((result.batch_id, result.received, result.loaded, result.duplicate, result.quarantined))
        if chance.random() < 0.3 and result.status == "loaded":
            holds.mark_held([result.batch_id], "drawn", settings)
    raw = feed.raw_table(feed.tables[0])
    for query in (
        f"select r::text from raw.{raw} as r order by 1",
        "select batch_id::text, row_no, table_name, column_name, reason_code, message, payload::text "
        "from ops.quarantine order by 1, 2, 4",
        "select batch_id::text, status, rows_received, rows_loaded, rows_duplicate, rows_quarantined "
        "from ops.feed_batches order by 1",
        "select a::text from ops.adopted_rows as a order by 1",
        "select indexname, indexdef from pg_indexes where schemaname = 'raw' order by 1",
    ):
        said.append(rows_of(settings, query))
    rows_of(settings, f"truncate raw.{raw}, ops.adopted_rows")
    rows_of(settings, "truncate ops.feed_batches cascade")
    return said


@pytest.mark.parametrize("large_bytes", [0, 1 << 30], ids=["indexes afterwards", "indexes kept"])
@pytest.mark.parametrize("feed_id", [SNAPSHOT, DELTA, EVENTS, AMOUNTS])
def test_a_delivery_ends_as_with_the_plain_loader(
    hub_db: Settings, monkeypatch: pytest.MonkeyPatch, feed_id: str, large_bytes: int
) -> None:
    feed = load_feed(feed_id)
    monkeypatch.setattr(table_writer, "LARGE_BYTES", large_bytes)
    for seed in range(3):
        found = live(hub_db, feed, seed)
        with monkeypatch.context() as plainly:
            plainly.setattr(write_batch, "encode_rows", PlainRows)
            plainly.setattr(write_batch, "TableWriter", PlainWriter)
            assert found == live(hub_db, feed, seed), seed


def test_every_new_hash_may_seem_known(hub_db: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that is full takes every row for known: it costs time and changes nothing."""
    feed = load_feed(EVENTS)
    expected = live(hub_db, feed, 7)
    monkeypatch.setattr("warehouse.intake.writing.seen._CHOICES", ())
    assert live(hub_db, feed, 7) == expected
