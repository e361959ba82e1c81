"""Logins as an administrator makes them, and connections of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from tests.support.fakes import rows_of
from warehouse.settings import Settings
from warehouse.store.postgres import server

_PASSWORD = "of-a-test-only"


@contextmanager
def login(settings: Settings, name: str, groups: Sequence[str] = (), words: str = "") -> Iterator[str]:
    """A login with the rights of ``groups``, for the length of the block."""
    rows_of(settings, f"create role {name} login password '{_PASSWORD}' {words}")
    try:
        if groups:
            rows_of(settings, f"grant {', '.join(groups)} to {name}")
        yield name
    finally:
        rows_of(settings, f"drop role {name}")


def connect_as(settings: Settings, name: str, *, autocommit: bool = False) -> Connection:
    """A session of that login, through the front door."""
    where = server.info(settings)
    connection = psycopg2.connect(
        host=where.host, port=where.port, dbname=where.database, user=name, password=_PASSWORD
    )
    connection.autocommit = autocommit
    return connection


@contextmanager
def session(settings: Settings, name: str, *, autocommit: bool = False) -> Iterator[Connection]:
    with closing(connect_as(settings, name, autocommit=autocommit)) as connection:
        yield connection
