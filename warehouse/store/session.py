"""Turns a fresh connection into a session the hub can rely on, or says why that is impossible.

Settings are made with ``set_config`` after connecting, because a connection pooler refuses startup options or
ignores them silently. They are read back; nothing continues with a setting that does not hold.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg2
from psycopg2.extensions import connection as Connection

from warehouse.errors import ServerError
from warehouse.store import outages, quiet
from warehouse.store.postgres import libpq, pooler

if TYPE_CHECKING:
    from warehouse.store.postgres.location import ServerInfo

#: No statement of ours waits longer than this for somebody else's lock (milliseconds).
LOCK_TIMEOUT_MS = 60_000
#: No statement of ours runs longer than this, no transaction of ours is idle longer (milliseconds).
STATEMENT_TIMEOUT_MS = 3_600_000
#: How long to retry a server that is starting or has no free connection (seconds).
PATIENCE = 30.0
_PAUSE = 0.2
#: Session settings: the meaning of a value must not depend on settings of the database or the role.
_FIXED = {
    # row digests are taken over the text form of dates and numbers
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "timezone": "<+08>-8",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "array_nulls": "on",
    "bytea_output": "hex",
    "search_path": '"$user", public',
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    # names of types are compared with the declarations
    "quote_all_identifiers": "off",
    # a search must find all there is, an error that is met must not end the session
    "gin_fuzzy_search_limit": "0",
    "row_security": "on",
    "exit_on_error": "off",
    # the session waits while departments answer and rows are decoded: it is not idle then
    "idle_session_timeout": "0",
}
_SET = (
    "select s.name, set_config(s.name, s.value, false) "
    "from unnest(%s::text[], %s::text[]) with ordinality as s (name, value, place) order by s.place"
)
_HELD = (
    "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', "
    "array(select current_setting(n) from unnest(%s::text[]) with ordinality as s (n, at) order by s.at)"
)


def open_session(
    where: ServerInfo,
    *,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    application: str = "hub",
) -> Connection:
    """Opens a session at ``where`` with the hub's settings, made and checked. Raises ``ServerError``.

    Timeouts are in milliseconds.
    """
    connection = _reach(where, application)
    try:
        prepare(connection, where, lock_timeout_ms=lock_timeout_ms, statement_timeout_ms=statement_timeout_ms)
    except psycopg2.Error as error:
        connection.close()
        said = outages.describe(error)
        raise ServerError(f"no usable session at {where.address}: {said}; {_hint(where)}") from None
    except BaseException:
        connection.close()
        raise
    return connection


def _reach(where: ServerInfo, application: str) -> Connection:
    """Connects, and asks again while the server says that it will accept us in a moment."""
    libpq.hide_variables(embedded=where.embedded)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg2.connect(
                where.url,
                application_name=application,
                client_encoding="UTF8",
                connect_timeout=10,
                connection_factory=quiet.QuietConnection,
            )
        except psycopg2.OperationalError as error:
            if not outages.may_pass(error) or time.monotonic() > deadline:
                said = outages.describe_refusal(error)
                raise ServerError(f"no database at {where.address}: {said}; {_hint(where)}") from None
        time.sleep(_PAUSE)


def _hint(where: ServerInfo) -> str:
    return "start it with 'make up'" if where.embedded else "check DATABASE_URL"


def session_settings(lock_timeout_ms: int, statement_timeout_ms: int, server_version: int) -> dict[str, str]:
    """Returns the settings of a session by name, for this server version (170000 is 17)."""
    values = {
        **_FIXED,
        "lock_timeout": str(lock_timeout_ms),
        "statement_timeout": str(statement_timeout_ms),
        # a department's rows are decoded inside the transaction that loads them
        "idle_in_transaction_session_timeout": str(statement_timeout_ms),
    }
    if server_version >= 170000:
        values["transaction_timeout"] = "0"
    return values


def prepare(
    connection: Connection,
    where: ServerInfo,
    *,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> None:
    """Makes and checks the settings. Raises ``ServerError``, which names what does not hold."""
    connection.autocommit = True  # a setting made in a transaction goes with it when that is rolled back
    if not where.embedded:
        pooler.refuse_shared_sessions(connection, where)
    _make_settings(connection, where, lock_timeout_ms, statement_timeout_ms)
    connection.autocommit = False


def renew(connection: Connection, where: ServerInfo) -> None:
    """Makes a session that was used before like a new one: no temporary tables, no locks, our settings.

    Raises ``psycopg2.Error`` if the session has ended, ``ServerError`` as ``prepare`` does.
    """
    connection.rollback()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("discard temp; select pg_advisory_unlock_all()")
    _make_settings(connection, where, LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS)
    connection.autocommit = False


def _make_settings(
    connection: Connection, where: ServerInfo, lock_timeout_ms: int, statement_timeout_ms: int
) -> None:
    values = session_settings(lock_timeout_ms, statement_timeout_ms, connection.server_version)
    with connection.cursor() as cursor:
        cursor.execute(_SET, (list(values), list(values.values())))
        made = dict(cursor.fetchall())
        cursor.execute(_HELD, (list(values),))
        row = cursor.fetchone()
    if row is None:
        raise ServerError(f"the server at {where.address} does not answer queries")
    standby, read_only, held = row
    _check_settings(where, made, dict(zip(values, held, strict=True)))
    _check_writable(where, standby, read_only)


def _check_settings(where: ServerInfo, made: dict[str, str], held: dict[str, str]) -> None:
    lost = sorted(name for name, value in held.items() if made.get(name) != value)
    if lost:
        raise ServerError(
            f"settings of a session do not hold at {where.address}: "
            + ", ".join(f"{name} is {held[name]!r}, not {made.get(name)!r}" for name in lost)
            + f"; {pooler.WHAT_TO_DO}"
        )


def _check_writable(where: ServerInfo, standby: bool, read_only: bool) -> None:
    if standby:
        raise ServerError(
            f"the server at {where.address} is a standby (pg_is_in_recovery): it takes no writes; "
            "let DATABASE_URL name the primary server"
        )
    if read_only:
        raise ServerError(
            f"sessions of user {where.user} in database {where.database} at {where.address} may not write "
            "(default_transaction_read_only is on): ask the administrator who set it, for the role, the "
            "database or the server"
        )
