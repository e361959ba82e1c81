"""Opens connections to the hub's database."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from warehouse.errors import SettingsError
from warehouse.settings import Settings
from warehouse.store.postgres import server
from warehouse.store.session import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, open_session

__all__ = ["LOCK_TIMEOUT_MS", "STATEMENT_TIMEOUT_MS", "connect", "make_engine", "operator_setting", "rows"]


def connect(
    settings: Settings,
    *,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    application: str = "hub",
) -> Connection:
    """Opens a psycopg2 connection as the owner. Raises ``ServerError``, which says how to get a server.

    >>> with closing(connect(settings)) as connection, connection.cursor() as cursor:  # doctest: +SKIP
    ...     cursor.execute("select 1")
    """
    return open_session(
        server.info(settings),
        lock_timeout_ms=lock_timeout_ms,
        statement_timeout_ms=statement_timeout_ms,
        application=application,
    )


def operator_setting(cursor: Cursor, name: str, most: float = math.inf) -> float:
    """Returns the number an operator set in ``ops.settings``.

    Raises ``SettingsError`` unless it is 0 to ``most``.
    """
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


def make_engine(settings: Settings) -> Engine:
    """Returns a SQLAlchemy engine as the owner, for ad-hoc reads."""
    return create_engine(
        "postgresql+psycopg2://",
        hide_parameters=True,
        creator=lambda: connect(settings, application="hub engine"),
    )


def rows(
    settings: Settings, query: str, values: tuple[object, ...] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """Runs one query and returns its rows."""
    with (
        closing(connect(settings, application="hub stack")) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(query, values)
        return list(cursor.fetchall())
