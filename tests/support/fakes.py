"""Stand-ins for pull and decode, and a feed small enough to see every row of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from connectors.catalogue import Feed
from connectors.delivery import AskedPerson, DecodedChunk, Delivery, LandedPart, Window
from warehouse.settings import Settings
from warehouse.store.connect import connect

DAY = date(2020, 5, 12)
SNAPSHOT = "public_security__detention"
DELTA = "civil_affairs__cremation"
EVENTS = "public_security__migration"
REPLY = "finance__icbc"
VALUES: dict[str, Any] = {
    "integer": 1,
    "flag": True,
    "date": date(2020, 1, 1),
    "month": date(2020, 1, 1),
    "timestamp": datetime(2020, 5, 1, 8),
    "id_number": "210102196001011233",
}
_NUMBERS = {"decimal": pl.Decimal(12, 4), "amount": pl.Decimal(14, 2)}
_TYPES = {
    "flag": pl.Boolean,
    "integer": pl.Int32,
    "date": pl.Date,
    "month": pl.Date,
    "timestamp": pl.Datetime,
    **_NUMBERS,
}
Row = dict[str, Any]


def chunk(feed: Feed, rows: Sequence[Row], bad: int = 0, table: str = "main", first: int = 1) -> DecodedChunk:
    """Decoded rows: required columns are filled in, the rest is null unless the row says otherwise."""
    declared = feed.table(table).columns
    values = {c.name: VALUES.get(c.type, f"v{c.name}") if c.required else None for c in declared}
    if "request_id" in values:
        values["request_id"] = f"{feed.department_code}-{DAY:%Y%m%d}"
    values |= {c.name: None for c in feed.table(table).derived}
    filled = [{name: row.get(name, value) for name, value in values.items()} for row in rows]
    schema = {c.name: _TYPES.get(c.type, pl.String) for c in declared}
    for derived in feed.table(table).derived:
        schema[derived.name] = pl.String
    good = pl.DataFrame(filled, schema=schema).with_columns(
        pl.int_range(first, first + len(rows), dtype=pl.Int64).alias("row_no"),
        pl.lit(None, pl.String).alias("as_received"),
        pl.lit(None, pl.String).alias("extra"),
    )
    quarantined = pl.DataFrame(
        {
            "row_no": list(range(first + len(rows), first + len(rows) + bad)),
            "column_name": ["id_number"] * bad,
            "reason_code": ["id_check_digit"] * bad,
            "message": ["check digit"] * bad,
            "payload": ['{"id_number": "210102********1234", "odd": "\\u0000,\\"x"}'] * bad,
        },
        schema={
            "row_no": pl.Int64,
            **dict.fromkeys(("column_name", "reason_code", "message", "payload"), pl.String),
        },
    )
    return DecodedChunk(table, good, quarantined, len(rows) + bad)


class Department:
    """Delivers ``content`` and remembers how it was asked."""

    def __init__(self, chunks: Callable[[Feed], Sequence[DecodedChunk]], content: str = "a") -> None:
        self.chunks = chunks
        self.content = content
        self.windows: list[Window] = []
        self.asked: list[Sequence[AskedPerson]] = []
        self.landings: list[Path] = []
        self.announced: int | None = None

    def pull(
        self,
        feed: Feed,
        as_of: date,
        window: Window,
        connection: Any,
        landing: Path,
        subjects: Sequence[AskedPerson],
    ) -> Delivery:
        self.windows.append(window)
        self.asked.append(subjects)
        self.landings.append(landing)
        path = landing / "main.dat"
        path.write_text(self.content, encoding="utf-8")
        digest = hashlib.sha256(self.content.encode()).hexdigest()
        part = LandedPart("main", path, digest, self.announced)
        request = f"{feed.department_code}-{as_of:%Y%m%d}" if feed.mode == "query_reply" else None
        return Delivery(feed.feed_id, as_of, (part,), digest, request)

    def decode(self, feed: Feed, delivery: Delivery) -> Iterator[DecodedChunk]:
        yield from self.chunks(feed)


def rows_of(settings: Settings, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a query, or [] of a statement without any; committed."""
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []
