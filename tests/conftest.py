"""One embedded PostgreSQL for the whole session; a fresh migrated database for whoever asks for one.

``database_url``  URL of an empty database of that server (session).
``hub_db``        ``Settings`` with a migrated database of its own (module).
``fresh_hub``     the same for one test.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server

_TESTS = Path(__file__).parent
_TEMPLATE = "hub_template"
_numbers = itertools.count(1)


#: These take as long as all others together: the worker that gets them must not get them last.
_FIRST = ("end_to_end", "histories", "dbt")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; within a file the order stays."""
    rooms = {room: place for place, room in enumerate(_FIRST)}
    items.sort(key=lambda item: rooms.get(item.path.relative_to(_TESTS).parts[0], len(rooms)))


def make_settings(home: Path, **env: str) -> Settings:
    """Settings that ignore the machine's environment."""
    own = {"HUB_HOME": str(home), "HUB_PERSON_KEY": "test-person-key-0001", "AS_OF": "2020-05-12"}
    return Settings.from_env(own | env)


@pytest.fixture(scope="session")
def hub_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The session's server, in a HUB_HOME with a space in its name."""
    settings = make_settings(tmp_path_factory.mktemp("hub home"))
    server.start(settings)
    yield settings
    server.destroy(settings)


@pytest.fixture(scope="session")
def database_url(hub_server: Settings) -> str:
    return server.ensure_database("tests", hub_server)


@pytest.fixture(scope="session")
def hub_template(hub_server: Settings) -> str:
    """Name of a migrated database that others are copied from."""
    migrate(hub_server.with_database(server.ensure_database(_TEMPLATE, hub_server)))
    return _TEMPLATE


def _database(hub_server: Settings, template: str, home: Path) -> Iterator[Settings]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = server.info(hub_server)
    _execute(admin.url, "create database {} template {}", name, template)
    yield make_settings(home, DATABASE_URL=admin.url_for(name))
    drop_database(admin.url, name)


@pytest.fixture(scope="module")
def hub_db(
    hub_server: Settings, hub_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    yield from _database(hub_server, hub_template, tmp_path_factory.mktemp("home"))


@pytest.fixture
def fresh_hub(hub_server: Settings, hub_template: str, tmp_path: Path) -> Iterator[Settings]:
    yield from _database(hub_server, hub_template, tmp_path)


def drop_database(url: str, name: str) -> None:
    """Ends our own sessions there and drops it. Not ``with (force)``: that wants to end the autovacuum
    worker as well, which only a superuser may; a plain drop asks it to leave."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = %s and usename = current_user",
                (name,),
            )
            cursor.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))


def _execute(url: str, statement: str, *names: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
