"""What a database holds, without what may differ between two runs of the same days (clock, numbering)."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

MARTS = ("warnings", "cross_check_hits", "unanswered", "warning_events", "publications")
#: A try that was undone still draws a number, so publications are known by their place in the order.
_ORDINAL = "(select count(*) from marts.publications as p where p.publication_id <= t.publication_id)"
_NUMBERING = ("publication_id", "event_seq", "occurred_at", "published_at")
#: Which try it was shows in the times and in the name of the landing folder.
_OF_A_TRY = ("landing_path", "started_at", "finished_at", "rows_changed_at", "quarantine_id", "run_id")
Content = dict[str, Counter[str]]


@dataclass(frozen=True)
class Differences:
    """Rows of the undisturbed twin that are missing, rows there are too many of, rows it has not at all."""

    lost: int = 0
    doubled: int = 0
    strange: int = 0

    def __add__(self, other: Differences) -> Differences:
        return Differences(self.lost + other.lost, self.doubled + other.doubled, self.strange + other.strange)


def content(cursor: Cursor) -> Content:
    """Every row of raw, of the ledger and of the marts, by table."""
    cursor.execute("select table_name from information_schema.tables where table_schema = 'raw' order by 1")
    found = {f"raw.{table}": _rows(cursor, "raw", table) for (table,) in cursor.fetchall()}
    found["ops.feed_batches"] = _rows(cursor, "ops", "feed_batches", _OF_A_TRY)
    found["ops.quarantine"] = _rows(cursor, "ops", "quarantine", _OF_A_TRY)
    # a try that failed is on record, and only there; a load has one entry however often it was tried
    found["ops.feed_runs"] = _rows(cursor, "ops", "feed_runs", _OF_A_TRY, "t.outcome = 'loaded'")
    return found | marts(cursor)


def models(cursor: Cursor) -> Content:
    """Every row dbt has made, but in tables that are not logged: a server that was killed empties them, the
    twin's too, and the next build makes them anew."""
    cursor.execute(
        "select n.nspname, c.relname from pg_class as c inner join pg_namespace as n "
        "on n.oid = c.relnamespace where c.relkind = 'r' and c.relpersistence = 'p' "
        "and n.nspname in ('seeds', 'staging', 'core', 'candidate') order by 1, 2"
    )
    found = cursor.fetchall()
    # stg_current_batches repeats the ledger's clock
    return {f"{schema}.{table}": _rows(cursor, schema, table, _OF_A_TRY) for schema, table in found}


def marts(cursor: Cursor) -> Content:
    return {f"marts.{table}": _rows(cursor, "marts", table, _NUMBERING, "true", _ORDINAL) for table in MARTS}


def _rows(
    cursor: Cursor,
    schema: str,
    table: str,
    without: tuple[str, ...] = (),
    condition: str = "true",
    extra: str = "0",
) -> Counter[str]:
    statement = f"select {extra} || (to_jsonb(t) - %s::text[])::text from {{}} as t where {condition}"
    cursor.execute(sql.SQL(statement).format(sql.Identifier(schema, table)), (list(without),))
    return Counter(row[0] for row in cursor.fetchall())


def digest(found: Content) -> str:
    """One word for all of it."""
    lines = (
        f"{table} {count} {row}" for table in sorted(found) for row, count in sorted(found[table].items())
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def differences(twin: Content, ours: Content) -> dict[str, Differences]:
    """By table, where there are any."""
    found = {}
    for table in twin.keys() | ours.keys():
        wanted, present = twin.get(table, Counter()), ours.get(table, Counter())
        surplus = present - wanted
        doubled = sum(count for row, count in surplus.items() if row in wanted)
        difference = Differences((wanted - present).total(), doubled, surplus.total() - doubled)
        if difference != Differences():
            found[table] = difference
    return found
