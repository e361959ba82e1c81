"""Fills raw tables with harmless rows straight from the declarations: no decode, no connector."""

from __future__ import annotations

import hashlib
import math
import uuid
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Column, Feed, Table, load_feed
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.raw_tables import ensure_raw_tables

DAY = date(2020, 5, 12)
SNAPSHOT = "public_security__detention"
DELTA = "public_security__household_register"
EVENTS = "public_security__migration"
REPLY = "finance__icbc"
MANY_TABLES = "civil_affairs__dibao"
FEEDS = {feed_id: load_feed(feed_id) for feed_id in (SNAPSHOT, DELTA, EVENTS, REPLY, MANY_TABLES)}
#: SQL for a value of each column type; ``g`` counts the rows from 1.
_VALUES = {
    "integer": "g",
    "decimal": "1",
    "amount": "100",
    "flag": "true",
    "date": "date '2019-03-01'",
    "month": "date '2019-03-01'",
    "timestamp": "timestamp '2020-05-01 08:00'",
    "region": "'210102001001'",
    "id_number": "'21010219600101' || lpad(g::text, 6, '0')",
}


def expected_rows(table: Table, scale: float) -> int:
    return max(1, math.ceil(table.volume.expected * scale))


def _value(column: Column) -> str:
    if column.codes:
        return "'" + next(iter(column.codes.values())) + "'"
    return _VALUES.get(column.type, f"'{column.name}' || g")


def add_batch(
    settings: Settings,
    feed: Feed,
    day: date = DAY,
    *,
    rows: int | None = None,
    quarantined: int = 0,
    start: int = 1,
    content: str = "",
) -> str:
    """A loaded batch with as many rows as its tables expect at the settings' scale; returns its id."""
    content = hashlib.sha256(f"{feed.feed_id}{day}{content}".encode()).hexdigest()
    batch = str(uuid.uuid5(uuid.NAMESPACE_OID, content))
    counts = [(t, expected_rows(t, settings.scale) if rows is None else rows) for t in feed.tables]
    loaded = sum(count for _, count in counts)
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into ops.feed_batches (batch_id, feed_id, as_of, mode, status, rows_received, "
            "rows_loaded, rows_duplicate, rows_quarantined, content_sha256, cursor_until, started_at) "
            "values (%s, %s, %s, %s, 'loaded', %s, %s, 0, %s, %s, %s, now())",
            (
                batch, feed.feed_id, day, feed.mode, loaded + quarantined, loaded, quarantined, content,
                datetime.combine(day + timedelta(days=1), datetime.min.time()),
            ),
        )  # fmt: skip
        for table, count in counts:
            _insert(cursor, feed, table, batch, start, count)
    return batch


def _insert(cursor: Cursor, feed: Feed, table: Table, batch: str, start: int, rows: int) -> None:
    names = [c.name for c in table.columns] + ["batch_id", "row_no", "row_digest"]
    digest = f"md5('{batch}{table.name}' || g)::uuid"
    values = [_value(c) for c in table.columns] + [f"'{batch}'::uuid", "g", digest]
    cursor.execute(
        sql.SQL("insert into {} ({}) select {} from generate_series(%s, %s) as g").format(
            sql.Identifier("raw", feed.raw_table(table)),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(map(sql.SQL, values)),
        ),
        (start, start + rows - 1),
    )


def make_tables(settings: Settings, feeds: dict[str, Feed]) -> None:
    with closing(connect(settings)) as connection:
        ensure_raw_tables(connection, feeds.values())


def rows_of(settings: Settings, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query, or [] of a statement without any; committed."""
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []
