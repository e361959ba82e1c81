"""Connections to the hub's database."""

from __future__ import annotations

import math

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from warehouse import server
from warehouse.errors import ServerError, SettingsError
from warehouse.quiet import QuietConnection
from warehouse.settings import Settings

#: No statement of ours waits longer than this for somebody else's lock (milliseconds).
LOCK_TIMEOUT_MS = 60_000
#: No statement of ours runs longer than this (milliseconds).
STATEMENT_TIMEOUT_MS = 3_600_000


def _options(lock_timeout_ms: int, statement_timeout_ms: int) -> str:
    # row digests are taken over the text form of dates: their style must not depend on the server
    return (
        f"-c lock_timeout={lock_timeout_ms} -c statement_timeout={statement_timeout_ms} "
        "-c datestyle=ISO,YMD -c intervalstyle=postgres -c extra_float_digits=1 "
        "-c client_encoding=UTF8 -c timezone=<+08>-8"
    )


def connect(
    settings: Settings,
    *,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    application: str = "hub",
) -> Connection:
    """A psycopg2 connection as the owner. Raises ``ServerError`` that says how to get a server."""
    where = server.info(settings)
    try:
        return psycopg2.connect(
            where.url,
            options=_options(lock_timeout_ms, statement_timeout_ms),
            application_name=application,
            connect_timeout=10,
            connection_factory=QuietConnection,
        )
    except psycopg2.OperationalError as error:
        hint = "start it with 'make up'" if where.embedded else "check DATABASE_URL"
        reason = str(error).strip().splitlines()[0]
        raise ServerError(f"no database at {where.host}:{where.port}: {reason}; {hint}") from None


def operator_setting(cursor: Cursor, name: str, most: float = math.inf) -> float:
    """The number an operator set in ``ops.settings``. Raises ``SettingsError`` unless it is 0 to ``most``."""
    cursor.execute("select value from ops.settings where name = %s", (name,))
    row = cursor.fetchone()
    try:
        value = float(row[0]) if row else math.nan
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        found = "missing" if row is None else repr(row[0])
        raise SettingsError(f"{name} in ops.settings is {found}; set a number from 0 to {most:g}")
    return value


def engine(settings: Settings) -> Engine:
    """A SQLAlchemy engine as the owner (for Great Expectations and ad-hoc reads)."""
    where = server.info(settings)
    url = where.url.replace("postgresql://", "postgresql+psycopg2://", 1)
    return create_engine(
        url,
        hide_parameters=True,
        connect_args={
            "options": _options(LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS),
            "connection_factory": QuietConnection,
        },
    )
