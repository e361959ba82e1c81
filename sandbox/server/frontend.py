"""Loads front-end databases: the tables departments put in front of their systems, filled by COPY.

Blank-padded char columns, upper-case names, no keys, everything but the update time as text. Tables are
unlogged: they can be made again, and after a crash PostgreSQL empties them together with the note of what
they held.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import polars as pl
import psycopg2
from psycopg2 import errors as pg_errors
from psycopg2 import sql
from psycopg2.extensions import connection as Session
from psycopg2.extensions import parse_dsn

from connectors.catalogue.column import Column
from connectors.catalogue.model import Feed, Table
from sandbox.render.served import end_of, rows_for, scan, table_path
from sandbox.render.sheet import Sheet, sheet_of, worded_rows
from sandbox.server.key_store import Keys
from sandbox.server.store import Store

_CHUNK = 100_000
_NUMBER_WIDTH, _NAME_WIDTH = 24, 32
#: Raise when tables or spelling change, so that what an older version loaded is loaded again.
_LAYOUT = "2"
_NOTE = """
create schema if not exists sandbox;
create unlogged table if not exists sandbox.loaded (
  feed_id text primary key, content text not null, rows bigint not null
);
"""


class FrontEnd:
    """The front-end tables of one city in one database."""

    def __init__(self, url: str, store: Store, keys: Keys) -> None:
        self._url = url
        self._store = store
        self._keys = keys
        self._feeds = [f for f in store.catalogue.values() if f.protocol == "sql"]

    def load(self, say: Callable[[str], None] = lambda _: None) -> int:
        """Loads what is not there yet. Returns the number of rows loaded."""
        rows = 0
        with closing(psycopg2.connect(self._url)) as session:
            _run(session, sql.SQL(_NOTE))
            session.commit()
            for feed in self._feeds:
                loaded = self._load_feed(session, feed)
                if loaded:
                    say(f"{feed.feed_id}: {loaded} rows in the front-end database")
                rows += loaded
        return rows

    def refresh(self, feed_id: str | None) -> None:
        """Loads what changed after a change of habits (of that feed) or of the clock (None)."""
        if feed_id is None or self._store.catalogue[feed_id].protocol == "sql":
            self.load()

    def reader(self) -> dict[str, Any]:
        """Returns how the hub logs in: as a role that may only read, or as this one if it may not create
        roles.
        """
        own = {k: v for k, v in parse_dsn(self._url).items() if k in ("host", "port", "dbname")}
        with closing(psycopg2.connect(self._url)) as session:
            known = {
                "host": session.info.host,
                "port": session.info.port,
                "dbname": session.info.dbname,
                **own,
            }
            try:
                self._make_reader(session)
                session.commit()
            except pg_errors.InsufficientPrivilege:
                session.rollback()
                return {**known, "user": session.info.user, "password": session.info.password}
        return {**known, "user": self._keys.reader_role, "password": self._keys.password("reader")}

    def _make_reader(self, session: Session) -> None:
        role = sql.Identifier(self._keys.reader_role)
        with session.cursor() as cursor:
            cursor.execute("select 1 from pg_roles where rolname = %s", (self._keys.reader_role,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("create role {} login").format(role))
            cursor.execute(
                sql.SQL("alter role {} login password %s").format(role), (self._keys.password("reader"),)
            )
            for schema in sorted({t.source.schema_name or "public" for f in self._feeds for t in f.tables}):
                name = sql.Identifier(schema)
                cursor.execute(sql.SQL("grant usage on schema {} to {}").format(name, role))
                cursor.execute(sql.SQL("grant select on all tables in schema {} to {}").format(name, role))
                cursor.execute(
                    sql.SQL("alter default privileges in schema {} grant select on tables to {}").format(
                        name, role
                    )
                )

    def _load_feed(self, session: Session, feed: Feed) -> int:
        content = self._content(feed)
        with session.cursor() as cursor:
            cursor.execute("select content from sandbox.loaded where feed_id = %s", (feed.feed_id,))
            found = cursor.fetchone()
            if found and found[0] == content:
                session.rollback()
                return 0
            rows = sum(self._load_table(cursor, feed, table) for table in feed.tables)
            cursor.execute(
                "insert into sandbox.loaded values (%s, %s, %s) on conflict (feed_id) "
                "do update set content = excluded.content, rows = excluded.rows",
                (feed.feed_id, content, rows),
            )
        session.commit()
        return rows

    def _content(self, feed: Feed) -> str:
        """Names what the tables hold; the same name means nothing is to be done."""
        parts = [_LAYOUT, self._store.city.name, *sorted(self._store.habits(feed.feed_id))]
        if feed.mode in ("snapshot", "delta"):
            parts.append(self._store.as_of.isoformat())
        for table in feed.tables:
            path = table_path(self._store.city, feed.feed_id, table.name)
            parts.append(f"{path.stat().st_size}.{path.stat().st_mtime_ns}" if path.exists() else "none")
        return "|".join(parts)

    def _load_table(self, cursor: Any, feed: Feed, table: Table) -> int:
        schema, name = table.source.schema_name or "public", table.source.table or table.name
        target = sql.Identifier(schema, name)
        cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        cursor.execute(sql.SQL("drop table if exists {}").format(target))
        rows, made = 0, False
        for sheet in self._sheets(feed, table):
            if not made:
                columns = _columns(feed, table, sheet, self._widest_name(feed, table))
                cursor.execute(sql.SQL("create unlogged table {} ({})").format(target, columns))
                made = True
            rows += _copy(cursor, target, sheet.rows)
        if feed.cursor and rows:
            source = sql.Identifier(table.column(feed.cursor.column).source)
            cursor.execute(sql.SQL("create index on {} ({})").format(target, source))
        return rows

    def _sheets(self, feed: Feed, table: Table) -> Iterator[Sheet]:
        """Yields at least one sheet, so that an empty table exists as well."""
        day, habits = self._store.as_of, self._store.habits(feed.feed_id)
        for clean in _pieces(self._store, feed, table, day):
            yield sheet_of(feed, table, worded_rows(feed, table, clean), day, habits)

    def _widest_name(self, feed: Feed, table: Table) -> int:
        names = [c.name for c in table.columns if c.type == "name"]
        longest = scan(self._store.city, feed, table).select(pl.col(names).str.len_chars().max()).collect()
        return max([_NAME_WIDTH, *(2 + (n or 0) for row in longest.iter_rows() for n in row)])


def _pieces(store: Store, feed: Feed, table: Table, day: date) -> Iterator[pl.DataFrame]:
    if feed.mode == "snapshot":
        whole = rows_for(store.city, feed, table, day)
        yield from whole.iter_slices(_CHUNK) if whole.height else [whole]
        return
    frame = scan(store.city, feed, table)
    if feed.cursor is not None:
        changed = pl.col(feed.cursor.column)
        frame = frame.filter(changed.is_null() | (changed < end_of(day)))
    offset = 0
    while True:
        piece = frame.slice(offset, _CHUNK).collect()
        if piece.height or not offset:
            yield piece
        offset += _CHUNK
        if piece.height < _CHUNK:
            return


def _columns(feed: Feed, table: Table, sheet: Sheet, name_width: int) -> sql.Composed:
    declared = {c.name: c for c in table.columns}
    made = [
        sql.SQL("{} {}").format(
            sql.Identifier(source), sql.SQL(_sql_type(feed, declared.get(title), name_width))
        )
        for source, title in zip(sheet.rows.columns, sheet.titles, strict=True)
    ]
    return sql.SQL(", ").join(made)


def _sql_type(feed: Feed, column: Column | None, name_width: int) -> str:
    if column is None:
        return "varchar"
    if feed.cursor and column.name == feed.cursor.column:
        return "timestamp(0)"
    if column.type == "id_number":
        return f"char({_NUMBER_WIDTH})"
    if column.type == "name" and feed.kind == "department":
        return f"char({name_width})"
    return "varchar"


def _copy(cursor: Any, target: sql.Identifier, rows: pl.DataFrame) -> int:
    lines = io.BytesIO()
    rows.write_csv(lines, include_header=False, null_value="\\N")
    lines.seek(0)
    cursor.copy_expert(sql.SQL("copy {} from stdin with (format csv, null '\\N')").format(target), lines)
    return rows.height


def _run(session: Session, statement: sql.Composable) -> None:
    with session.cursor() as cursor:
        cursor.execute(statement)
