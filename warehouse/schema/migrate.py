"""Brings a database to the state this code needs: migrations, object files, raw tables, the key of person
ids, and what every login is kept from.

Running it again changes nothing. It refuses a database that is ahead of the code, a migration file that was
edited after it ran, and another person key than the one the database was made with.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from warehouse.errors import MigrationError
from warehouse.publication.contract import CONTRACT, Contract
from warehouse.schema import templates
from warehouse.schema.apply_objects import apply_objects
from warehouse.schema.object_files import OBJECTS, read_objects
from warehouse.schema.published_columns import add_published_columns
from warehouse.settings import Settings
from warehouse.store import access, locks, quiet
from warehouse.store.connect import connect
from warehouse.store.raw_tables import ensure_raw_tables

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_NAME = re.compile(r"^(\d{3})_[a-z0-9_]+\.sql$")
_TRIES = 5
_LEDGER = """
create schema if not exists ops;
create table if not exists ops.schema_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
);
"""


@dataclass(frozen=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """The files in order. Numbers may leave gaps (work done side by side has ranges of its
    own). Raises ``MigrationError`` on a bad name, a number given twice, or a first one that is missing."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.match(path.name)
        if match is None:
            raise MigrationError(f"{path.name}: a migration is called NNN_what_it_does.sql")
        found.append(Migration(int(match.group(1)), path.name, path.read_text(encoding="utf-8")))
    if len({m.version for m in found}) != len(found) or not found or found[0].version != 1:
        raise MigrationError(f"migrations are numbered from 1, each once: {[m.name for m in found]}")
    return found


def migrate(
    settings: Settings,
    folder: Path = MIGRATIONS,
    objects: Path | None = OBJECTS,
    contract: Contract = CONTRACT,
) -> list[str]:
    """Applies what is missing: migrations, columns of the published marts, object files. Returns their names.

    Waits for another migration to finish. ``objects`` is None for a ``folder`` that ends before today's
    tables: neither the contract of the marts nor an object file is looked at. Raises ``MigrationError``; the
    migrations before the error stay.
    """
    wanted = read_migrations(folder)
    files = read_objects(objects, templates.context(contract)) if objects else None
    connection = connect(settings, application="hub-migrate")
    try:
        if connection.server_version < 150000:
            raise MigrationError(f"PostgreSQL {connection.server_version // 10000} is too old: 15 or newer")
        _make_ledger(connection)
        with connection, connection.cursor() as cursor:
            locks.hold(cursor, locks.MIGRATION, "another migration is at work")
        pending = _pending(connection, wanted)
        for migration in pending:
            _apply(connection, migration)
        _store_person_key(connection, settings.person_key)
        applied = []
        if files is not None:
            applied = [*add_published_columns(connection, contract), *apply_objects(connection, files)]
        ensure_raw_tables(connection)
        access.secure(connection)
        with connection, connection.cursor() as cursor:
            locks.release(cursor, locks.MIGRATION)
        return [m.name for m in pending] + applied
    finally:
        connection.close()


def _make_ledger(connection: Connection) -> None:
    """Creates the ledger. Of two processes that begin at the same moment, the second finds it made."""
    for _ in range(_TRIES):
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(_LEDGER + locks.TABLE)
            return
        except (psycopg2.errors.UniqueViolation, psycopg2.errors.DuplicateTable):
            continue
    raise MigrationError("another migration is making the schema ops: run this one again")


def _pending(connection: Connection, wanted: list[Migration]) -> list[Migration]:
    with connection, connection.cursor() as cursor:
        cursor.execute("select version, name, checksum from ops.schema_migrations order by version")
        applied = {version: (name, checksum) for version, name, checksum in cursor.fetchall()}
    known = {m.version: m for m in wanted}
    for version, (name, checksum) in applied.items():
        if version not in known:
            raise MigrationError(
                f"the database already has migration {name}, which this code does not know: "
                "use the newer code, or another database"
            )
        if known[version].checksum != checksum:
            raise MigrationError(
                f"{known[version].name} was changed after it had been applied: "
                "put it back and add a new migration"
            )
    return [m for m in wanted if m.version not in applied]


def _apply(connection: Connection, migration: Migration) -> None:
    with connection, connection.cursor() as cursor:
        try:
            cursor.execute(migration.sql)
        except psycopg2.errors.InsufficientPrivilege as error:
            raise MigrationError(
                f"{migration.name}: {quiet.safe_message(error)}: the user of DATABASE_URL needs CREATEROLE "
                "and CREATE on the database, or an administrator makes the roles of 005_access.sql first"
            ) from None
        cursor.execute(
            "insert into ops.schema_migrations (version, name, checksum) values (%s, %s, %s)",
            (migration.version, migration.name, migration.checksum),
        )


def _store_person_key(connection: Connection, key: str) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute("insert into ops.secrets values ('person_key', %s) on conflict do nothing", (key,))
        cursor.execute("select value = %s from ops.secrets where name = 'person_key'", (key,))
        row = cursor.fetchone()
        if row is None or not row[0]:
            raise MigrationError(
                "HUB_PERSON_KEY is not the key this database was made with: every person id would "
                "change; set the former key (secrets.json of the former HUB_HOME), or use a new "
                "database"
            )
