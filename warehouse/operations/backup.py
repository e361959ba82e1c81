"""Saves the hub's database and the bytes as received into a folder, consistent as of one moment.

The counts and digests of the manifest and the dump come from the same exported snapshot, so a restore can
prove that it has every row. Loading and publishing go on meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
from psycopg2.extensions import cursor as Cursor

from warehouse.errors import MigrationError, OperationFailed, OperationRefused
from warehouse.operations import manifest, postgres_tools
from warehouse.operations.manifest import Manifest
from warehouse.settings import Settings
from warehouse.store import outages
from warehouse.store.connect import connect
from warehouse.store.postgres import server

_ROLES = (
    "select distinct r.rolname::text from pg_roles as r where not r.rolcanlogin "
    "and (r.rolname in ('hub_app', 'hub_analyst') or r.rolname in (select role_name from ops.role_regions)) "
    "order by 1"
)


def backup(folder: Path, settings: Settings, *, landing: bool = True) -> Manifest:
    """Writes a backup into ``folder``, which must be empty or new; only its owner can read it.

    Raises ``OperationRefused`` for a folder with something in it, and ``OperationFailed`` if the database or
    the disk fails: the folder then has no manifest, and ``restore`` refuses it.
    """
    _make(folder)
    try:
        with closing(connect(settings, application="hub-backup", statement_timeout_ms=0)) as connection:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection, connection.cursor() as cursor:
                made_at = datetime.now(UTC).isoformat(timespec="seconds")
                snapshot = str(_one(cursor, "select pg_export_snapshot()"))
                migrations = _migrations(cursor)
                tables = manifest.tables_of(cursor)
                roles = _column(cursor, _ROLES)
                key = str(_one(cursor, "select value from ops.secrets where name = 'person_key'"))
                _dump(folder, settings, snapshot)
        if landing:
            _save_landing(folder, settings)
        files = {name: manifest.sha256(folder / name) for name in manifest.files_of(folder)}
    except psycopg2.Error as error:
        said = outages.describe(error)
        raise OperationFailed(f"database: {said}; {folder} is no backup") from None
    except OSError as error:
        raise OperationFailed(
            f"{error.filename or folder}: {error.strerror}; {folder} is no backup"
        ) from None
    written = Manifest(
        made_at=made_at,
        server_version=connection.server_version,
        migrations=migrations,
        roles=roles,
        person_key=hashlib.sha256(key.encode()).hexdigest(),
        tables=tables,
        files=files,
    )
    written.write(folder)
    return written


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise OperationRefused(f"{folder} is not empty: name a new folder")
        folder.chmod(0o700)
    except OSError as error:
        raise OperationRefused(f"{folder}: {error.strerror}; name a folder that can be written") from None


def _dump(folder: Path, settings: Settings, snapshot: str) -> None:
    # the hub has no large objects; one that a reader made cannot be read by us and would make the dump fail
    options = [
        "--format=directory",
        "--no-large-objects",
        f"--jobs={os.cpu_count() or 1}",
        f"--snapshot={snapshot}",
        "--lock-wait-timeout=60s",
    ]
    where = server.info(settings)
    arguments = [*options, "--file", str(folder / manifest.DUMP)]
    postgres_tools.run_program("pg_dump", where.url, arguments, embedded=where.embedded)


def _save_landing(folder: Path, settings: Settings) -> None:
    """Packs the received bytes.

    A batch's bytes are complete before its rows are, so those of every dumped batch are there.
    """
    source = settings.hub_home / "landing"
    with tarfile.open(folder / manifest.LANDING, "w") as archive:
        if source.exists():
            archive.add(source, arcname="landing")


def _migrations(cursor: Cursor) -> dict[str, str]:
    cursor.execute("select to_regclass('ops.schema_migrations') is not null")
    row = cursor.fetchone()
    if row is None or not row[0]:
        raise MigrationError("there is no hub in this database yet: nothing to save")
    cursor.execute("select name, checksum from ops.schema_migrations order by version")
    return dict(cursor.fetchall())


def _column(cursor: Cursor, statement: str) -> list[str]:
    cursor.execute(statement)
    return [row[0] for row in cursor.fetchall()]


def _one(cursor: Cursor, statement: str) -> object:
    cursor.execute(statement)
    row = cursor.fetchone()
    return row[0] if row else None
