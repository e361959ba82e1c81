"""Restores a backup: into a database beside the hub's, compared there, then put in its place.

Whatever fails before the last step, the hub's database stays as it was.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tarfile
from contextlib import closing
from pathlib import Path, PurePosixPath

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from warehouse import secret_store
from warehouse.errors import MigrationError, OperationFailed, OperationRefused
from warehouse.operations import manifest, postgres_tools
from warehouse.operations.manifest import Manifest
from warehouse.schema.migrate import migrate, read_migrations
from warehouse.settings import Settings
from warehouse.store import outages
from warehouse.store.connect import connect
from warehouse.store.postgres import server
from warehouse.store.postgres.location import ServerInfo
from warehouse.store.session import open_session


def restore(folder: Path, settings: Settings, *, replace: bool = False) -> Manifest:
    """Puts the backup in ``folder`` in the place of the hub's database and of ``HUB_HOME/landing``.

    Works only with an empty database and landing area, unless ``replace`` allows what is there to be lost.
    Nothing else may be using the database. Raises ``OperationRefused`` before anything changed.
    """
    saved = manifest.read_manifest(folder)
    manifest.check_files(saved, folder)
    _check_landing(folder)
    _check_code(saved)
    _check_key(saved, settings)
    _check_place(settings, replace)
    where = server.info(settings)
    beside = f"{where.database}_restoring"
    try:
        with closing(open_session(where.at("postgres"), application="hub-restore")) as admin:
            admin.autocommit = True
            _make_roles(admin, saved.roles)
            _drop(admin, beside)
            url = server.ensure_database(beside, settings)
            _fill(folder, where.at(beside))
            beside_settings = settings.with_database(url)
            key = _compare(saved, beside_settings)
            # done before anybody can connect: a new database is open to every login, an old backup perhaps
            migrate(dataclasses.replace(beside_settings, person_key=key))
            _swap(admin, beside, where.database)
    except psycopg2.Error as error:
        said = outages.describe(error)
        raise OperationFailed(f"database: {said}; the hub's database is as it was") from None
    _restore_landing(folder, settings)
    if key != settings.person_key:
        secret_store.put(settings.hub_home, "person_key", key)
    migrate(dataclasses.replace(settings, person_key=key))
    return saved


def _check_code(saved: Manifest) -> None:
    known = {m.name: m.checksum for m in read_migrations()}
    strange = [name for name, checksum in saved.migrations.items() if known.get(name) != checksum]
    if strange:
        raise MigrationError(
            f"the backup has migrations this code does not know ({', '.join(strange)}): use the newer code"
        )


def _check_key(saved: Manifest, settings: Settings) -> None:
    """Refuses another key from outside (HUB_PERSON_KEY), which is not ours to change; one in ``secrets.json``
    is.
    """
    digest = hashlib.sha256(settings.person_key.encode()).hexdigest()
    if digest != saved.person_key and os.environ.get("HUB_PERSON_KEY"):
        raise OperationRefused(
            "HUB_PERSON_KEY is not the key this backup was made with: set the former one, or leave it out"
        )


def _check_place(settings: Settings, replace: bool) -> None:
    if replace:
        return
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "select n.nspname || '.' || c.relname from pg_class as c "
            "inner join pg_namespace as n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v') "
            "and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%' order by 1 limit 1"
        )
        found = cursor.fetchone()
    landing = settings.hub_home / "landing"
    if found or (landing.exists() and any(landing.iterdir())):
        what = f"the database has {found[0]}" if found else f"{landing} has files"
        raise OperationRefused(f"{what}: say --replace if what is there may go, or use another HUB_HOME")


def _make_roles(admin: Connection, roles: list[str]) -> None:
    with admin.cursor() as cursor:
        for role in roles:
            cursor.execute("select 1 from pg_roles where rolname = %s", (role,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))


def _fill(folder: Path, where: ServerInfo) -> None:
    options = ["--no-owner", "--format=directory", f"--jobs={os.cpu_count() or 1}"]
    # pg_restore 17 sets it for itself in every session; servers before 17 do not know it
    unknown = 'parameter "transaction_timeout"'
    arguments = [*options, str(folder / manifest.DUMP)]
    postgres_tools.run_program("pg_restore", where.url, arguments, harmless=unknown, embedded=where.embedded)


def _compare(saved: Manifest, settings: Settings) -> str:
    """Compares every table's rows with the manifest; returns the key of the person ids."""
    with (
        closing(connect(settings, statement_timeout_ms=0)) as connection,
        connection.cursor() as cursor,
    ):
        found = manifest.tables_of(cursor)
        differing = sorted(
            name for name in found.keys() | saved.tables.keys() if found.get(name) != saved.tables.get(name)
        )
        if differing:
            raise OperationFailed(
                f"what was restored is not what was saved: {', '.join(differing[:5])}; "
                "the hub's database is as it was"
            )
        cursor.execute("analyze")
        cursor.execute("select value from ops.secrets where name = 'person_key'")
        (key,) = cursor.fetchone() or ("",)
        connection.commit()
    return str(key)


def _swap(admin: Connection, beside: str, name: str) -> None:
    """Swaps the databases in one transaction: under the hub's name there is always one or the other."""
    former = f"{name}_before_restore"
    _drop(admin, former)
    with admin.cursor() as cursor:
        _end_sessions(admin, name)
        for statement, names in (
            ("begin", ()),
            ("alter database {} rename to {}", (name, former)),
            ("alter database {} rename to {}", (beside, name)),
            ("commit", ()),
        ):
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    _drop(admin, former)


def _drop(admin: Connection, name: str) -> None:
    _end_sessions(admin, name)
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))


def _end_sessions(admin: Connection, name: str) -> None:
    with admin.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = %s and usename = current_user and pid <> pg_backend_pid()",
            (name,),
        )


def _check_landing(folder: Path) -> None:
    """Raises ``OperationRefused`` for anything but files and folders under ``landing``, which is what
    ``backup`` saves.

    Extraction filters would do the same, but the first releases of Python 3.11 have none.
    """
    archive = folder / manifest.LANDING
    if not archive.exists():
        return
    with tarfile.open(archive) as saved:
        for member in saved:
            parts = PurePosixPath(member.name).parts
            if not (member.isfile() or member.isdir()) or parts[:1] != ("landing",) or ".." in parts:
                raise OperationRefused(f"{archive} holds {member.name!r}, which no backup puts there")


def _restore_landing(folder: Path, settings: Settings) -> None:
    archive = folder / manifest.LANDING
    if archive.exists():
        with tarfile.open(archive) as saved:
            saved.extractall(settings.hub_home)  # noqa: S202 -- checked before anything was changed
