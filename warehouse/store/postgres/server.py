"""Runs the embedded PostgreSQL: one server under ``HUB_HOME``, or the one that ``DATABASE_URL`` names.

``start`` may be called by any number of processes at any time: it makes the server if there is none, brings
it back after a crash or a kill -9, and otherwise only says where it is.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

from warehouse import secret_store
from warehouse.errors import ServerError
from warehouse.settings import DATABASE, Settings
from warehouse.store import outages, session
from warehouse.store.postgres import libpq, process, reach, rights
from warehouse.store.postgres.config import configuration
from warehouse.store.postgres.files import Runner, binaries, data_dir, runner, state_dir
from warehouse.store.postgres.location import (
    ADMIN,
    OWNER,
    ServerInfo,
    info,
    parse_url,
    save_state,
    saved_state,
)
from warehouse.store.postgres.ports import free_port, is_free

__all__ = ["ServerInfo", "destroy", "ensure_database", "info", "is_running", "running", "start", "stop"]

_LOG_LIMIT = 20 * 1024 * 1024
#: How long a server that runs may take to let us in (seconds): it may be recovering, or have no place free.
_PATIENCE = 30.0


def start(settings: Settings) -> ServerInfo:
    """Makes sure that the server runs and the hub's database exists. Raises ``ServerError``."""
    if settings.database_url:
        return parse_url(settings.database_url, embedded=False)
    with secret_store.locked(state_dir(settings) / ".lock"):
        run = runner()
        data = data_dir(settings, run)
        _adopt(settings, data)
        _init(settings, run, data)
        if not reach.wait_for_living(settings, data, _PATIENCE):
            _start(settings, run, data)
        _ensure_owner(settings)
    server = info(settings)
    ensure_database(DATABASE, settings)
    return server


def stop(settings: Settings, patience: float = 60.0) -> bool:
    """Stops the embedded server; returns True if one was running.

    Leaves a server behind ``DATABASE_URL`` alone.
    """
    if settings.database_url or not state_dir(settings).exists():
        return False
    with secret_store.locked(state_dir(settings) / ".lock"):
        run = runner()
        data = data_dir(settings, run)
        if not process.server_pids(data):
            return False
        command = [
            *run.prefix,
            str(binaries(run) / "pg_ctl"),
            "-D",
            str(data),
            "-m",
            "fast",
            "-w",
            "-t",
            str(int(patience)),
            "stop",
        ]
        subprocess.run(command, check=False, cwd="/", env=_environment(), capture_output=True)  # noqa: S603
        if not process.wait_gone(data, 5.0):
            process.end_orphans(data)
    return True


def destroy(settings: Settings) -> None:
    """Stops the embedded server and deletes its data for good."""
    stop(settings)
    if not settings.database_url and state_dir(settings).exists():
        data = data_dir(settings, runner())
        shutil.rmtree(data.parent, ignore_errors=True)
        shutil.rmtree(state_dir(settings), ignore_errors=True)


@contextmanager
def running(settings: Settings) -> Iterator[ServerInfo]:
    """Yields the server for the length of a ``with``; stops it afterwards if it was started here."""
    was_up = is_running(settings)
    server = start(settings)
    try:
        yield server
    finally:
        if not was_up:
            stop(settings)


def is_running(settings: Settings) -> bool:
    """Tells whether the server lives; it need not have a place free for this client."""
    if settings.database_url:
        return True
    return was_started(settings) and process.postmaster(data_dir(settings, runner())) is not None


def was_started(settings: Settings) -> bool:
    """Tells whether there is a server to look into, running or not."""
    return settings.database_url is not None or (state_dir(settings) / "server.json").exists()


def ensure_database(name: str, settings: Settings) -> str:
    """Makes database ``name`` on the hub's server if it is missing; returns its URL."""
    server = info(settings)
    reachable = server.at("postgres") if server.embedded else server
    connection = session.open_session(reachable, application="hub databases")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL("create database {} template template0 encoding 'UTF8'").format(
                        sql.Identifier(name)
                    )
                )
    except (psycopg2.errors.DuplicateDatabase, psycopg2.errors.UniqueViolation):
        pass  # made by another process in between
    except psycopg2.errors.InsufficientPrivilege:
        raise ServerError(
            f"user {server.user} may not create database {name!r}: create it beforehand"
        ) from None
    finally:
        connection.close()
    return server.url_for(name)


def _adopt(settings: Settings, data: Path) -> None:
    """Saves the port of a server that lives here but is missing in our record, or differs from it."""
    port = process.recorded_port(data)
    if process.postmaster(data) is None or port in (None, saved_state(settings).get("port")):
        return
    known = saved_state(settings)
    save_state(settings, port=port, data_dir=str(data))
    try:
        reach.wait_for_living(settings, data, _PATIENCE)
    except ServerError as error:
        # another password: it belongs to a HUB_HOME that was deleted, and nobody can log in any more
        if known or not outages.is_wrong_password(error):
            raise
        (state_dir(settings) / "server.json").unlink()


def _init(settings: Settings, run: Runner, data: Path) -> None:
    if (data / "PG_VERSION").exists() and "port" in saved_state(settings):
        return
    # a folder without our record is half an initdb, or belongs to a HUB_HOME that was deleted
    process.end_orphans(data, patience=0.0)
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    run.give(data)
    password = data.parent / "initdb.password"
    try:
        secret_store.write_private(password, secret_store.get_or_create(settings.hub_home, "postgres_admin"))
        run.give(password)
        command = [
            *run.prefix,
            str(binaries(run) / "initdb"),
            "-D",
            str(data),
            "-U",
            ADMIN,
            "-A",
            "scram-sha-256",
            f"--pwfile={password}",
            "-E",
            "UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        done = subprocess.run(  # noqa: S603
            command,
            check=False,
            cwd="/",
            env=_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    finally:
        password.unlink(missing_ok=True)
    if done.returncode != 0:
        raise ServerError(f"initdb failed in {data}: {done.stderr.strip()[-500:]}")
    conf = data / "postgresql.conf"
    conf.write_text(conf.read_text(encoding="utf-8") + "\ninclude 'hub.conf'\n", encoding="utf-8")
    save_state(settings, port=free_port(), data_dir=str(data))


def _environment() -> dict[str, str]:
    """Returns the environment for server programs: the shell's PG* would become settings of the server
    itself.
    """
    return libpq.stripped(libpq.shell_environment(), embedded=True)


def _start(settings: Settings, run: Runner, data: Path) -> None:
    process.end_orphans(data)
    # the file of a killed server: its pid may be a zombie's or somebody else's by now
    (data / "postmaster.pid").unlink(missing_ok=True)
    log = data.parent / "postgres.log"
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    log.touch()
    run.give(log)
    for _ in range(5):
        port = int(saved_state(settings)["port"])
        if not is_free(port):
            port = free_port()
            save_state(settings, port=port)
        conf = data / "hub.conf"
        conf.write_text(configuration(port), encoding="utf-8")
        run.give(conf)
        command = [
            *run.prefix,
            str(binaries(run) / "pg_ctl"),
            "-D",
            str(data),
            "-l",
            str(log),
            "-w",
            "-t",
            "120",
            "start",
        ]
        done = subprocess.run(  # noqa: S603
            command,
            check=False,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode == 0 and reach.wait_until_answers(settings, patience=60.0):
            return
    tail = log.read_text(encoding="utf-8", errors="replace")[-800:]
    raise ServerError(f"PostgreSQL did not start; end of {log}:\n{tail}")


def _ensure_owner(settings: Settings) -> None:
    """Makes the role that owns everything of ours: it makes databases and roles, but is no superuser."""
    password = secret_store.get_or_create(settings.hub_home, "postgres_hub")
    connection = reach.admin(settings)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("select 1 from pg_roles where rolname = %s", (OWNER,))
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL("create role {} login createdb createrole password {}").format(
                        sql.Identifier(OWNER), sql.Literal(password)
                    )
                )
            # it must get in when readers took every connection, end one that keeps all others waiting, and
            # see who holds a lock, and since when
            cursor.execute(
                sql.SQL(
                    "grant pg_use_reserved_connections, pg_signal_backend, pg_read_all_stats to {}"
                ).format(sql.Identifier(OWNER))
            )
            # what readers' temporary files may fill is the owner's to bound (warehouse/store/access.py)
            cursor.execute(
                sql.SQL("grant set on parameter temp_file_limit to {}").format(sql.Identifier(OWNER))
            )
    finally:
        connection.close()
    rights.keep_lock_table(settings, OWNER)
