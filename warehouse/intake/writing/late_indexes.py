"""Fills an empty table without its indexes and makes them afterwards: a third of the server's work."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

#: Indexes of a table that is ours to change; those of a constraint are left alone.
_INDEXES = """
    select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    from pg_catalog.pg_index as i inner join pg_catalog.pg_class as c on c.oid = i.indrelid
    where i.indrelid = to_regclass(%s) and pg_has_role(c.relowner, 'usage')
        and not exists (select from pg_catalog.pg_constraint as k where k.conindid = i.indexrelid)
    order by i.indexrelid
"""


def take_off(cursor: Cursor, table: sql.Identifier) -> list[str]:
    """Drops the indexes of an empty table and returns the statements that make them again.

    Readers of the table wait until the transaction ends. Returns [] if the table has rows or somebody reads
    it now: then nothing has changed.
    """
    cursor.execute(sql.SQL("select not exists (select from {})").format(table))
    if cursor.fetchone() != (True,) or not _lock(cursor, table):
        return []
    cursor.execute(_INDEXES, (table.as_string(cursor),))
    indexes = cursor.fetchall()
    if indexes:
        # what is written to a table emptied in the same transaction needs no WAL where nobody replicates
        cursor.execute(sql.SQL("truncate {}").format(table))
    for name, _ in indexes:
        cursor.execute(f"drop index {name}")
    return [statement for _, statement in indexes]


def put_back(cursor: Cursor, statements: Sequence[str]) -> None:
    """Makes the indexes again."""
    for statement in statements:
        cursor.execute(statement)


def _lock(cursor: Cursor, table: sql.Identifier) -> bool:
    cursor.execute("savepoint take_off")
    try:
        cursor.execute(sql.SQL("lock table {} in access exclusive mode nowait").format(table))
    except (psycopg2.errors.LockNotAvailable, psycopg2.errors.InsufficientPrivilege):
        cursor.execute("rollback to savepoint take_off")
        return False
    cursor.execute("release savepoint take_off")
    return True
