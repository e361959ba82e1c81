"""Creates and extends the raw tables, derived from the catalogue.

Additive: a column that is new in a declaration is added, a column that left it stays, and nothing is ever
dropped or retyped.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table, load_catalogue
from connectors.errors import DeclarationError

#: Columns every raw table has beside the declared ones.
SYSTEM_COLUMNS = {
    "batch_id": "uuid not null",
    "row_no": "bigint not null",
    "row_digest": "uuid not null",
    "as_received": "jsonb",
    "extra": "jsonb",
}
_TYPE_NAMES = {"timestamp": "timestamp without time zone"}


def is_cumulative(mode: str) -> bool:
    """Tells whether batches of this mode add up (delta, events), or the latest is the whole state."""
    return mode in ("delta", "events")


def ensure_raw_tables(connection: Connection, feeds: Iterable[Feed] | None = None) -> list[str]:
    """Creates or extends the raw tables in one transaction; returns the names of those touched.

    Raises ``DeclarationError`` where a declared type is not the one the table has.
    """
    touched = []
    with connection, connection.cursor() as cursor:
        existing = _existing(cursor)
        for feed in load_catalogue().values() if feeds is None else feeds:
            for table in feed.tables:
                name = feed.raw_table(table)
                if name not in existing:
                    _create(cursor, feed, table)
                    touched.append(name)
                elif _extend(cursor, feed, table, existing[name]):
                    touched.append(name)
    return touched


def _existing(cursor: Cursor) -> dict[str, dict[str, str]]:
    cursor.execute("""
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'raw'::regnamespace and c.relkind in ('r', 'p')
    """)
    tables: dict[str, dict[str, str]] = {}
    for table, column, type_name in cursor.fetchall():
        tables.setdefault(table, {})[column] = type_name
    return tables


def _create(cursor: Cursor, feed: Feed, table: Table) -> None:
    name = feed.raw_table(table)
    qualified = sql.Identifier("raw", name)
    columns = [sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.sql_type)) for c in table.stored]
    columns += [sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in SYSTEM_COLUMNS.items()]
    cursor.execute(sql.SQL("create table {} ({})").format(qualified, sql.SQL(", ").join(columns)))
    unique = ["row_digest"] if is_cumulative(feed.mode) else ["batch_id", "row_digest"]
    cursor.execute(
        sql.SQL("create unique index on {} ({})").format(
            qualified, sql.SQL(", ").join(map(sql.Identifier, unique))
        )
    )
    # evidence names both; the rows of a batch are found by it as well
    cursor.execute(sql.SQL("create index on {} (batch_id, row_no)").format(qualified))
    cursor.execute(sql.SQL("comment on table {} is {}").format(qualified, sql.Literal(feed.name.zh)))
    for column in table.stored:
        _comment(cursor, qualified, column.name, column.label_zh)


def _extend(cursor: Cursor, feed: Feed, table: Table, existing: dict[str, str]) -> bool:
    name = feed.raw_table(table)
    qualified = sql.Identifier("raw", name)
    missing = [c for c in table.stored if c.name not in existing]
    for column in table.stored:
        wanted = _TYPE_NAMES.get(column.sql_type, column.sql_type)
        if column.name in existing and existing[column.name] != wanted:
            raise DeclarationError(
                f"raw.{name}.{column.name} is {existing[column.name]}, the declaration of "
                f"{feed.feed_id} says {wanted}: declare a new column instead"
            )
    for column in missing:
        cursor.execute(
            sql.SQL("alter table {} add column {} {}").format(
                qualified, sql.Identifier(column.name), sql.SQL(column.sql_type)
            )
        )
        _comment(cursor, qualified, column.name, column.label_zh)
    return bool(missing)


def _comment(cursor: Cursor, qualified: sql.Identifier, column: str, label: str) -> None:
    cursor.execute(
        sql.SQL("comment on column {}.{} is {}").format(qualified, sql.Identifier(column), sql.Literal(label))
    )
