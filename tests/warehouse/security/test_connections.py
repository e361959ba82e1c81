"""One login neither takes every connection nor stands in the way of a backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from tests.support.fakes import DAY, SNAPSHOT, rows_of
from tests.support.loading import A, delivery, load
from tests.warehouse.security.logins import connect_as, login, session
from warehouse.operations.backup import backup
from warehouse.operations.restore import restore
from warehouse.settings import Settings
from warehouse.store import access
from warehouse.store.connect import connect
from warehouse.store.postgres import reach

LIMITS = "select rolconnlimit, rolconfig from pg_roles where rolname = 't_many'"
BOUNDS = ["idle_in_transaction_session_timeout=600s", "statement_timeout=300s", "temp_file_limit=1024MB"]


def _secure(settings: Settings) -> None:
    with closing(connect(settings)) as connection:
        access.secure(connection)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _flood(settings: Settings, stack: ExitStack, most: int) -> tuple[int, str]:
    """As many sessions as it gets, and why it got no more."""
    for number in range(most):
        try:
            connection: Connection = connect_as(settings, "t_many")
        except psycopg2.OperationalError as error:
            return number, str(error)
        stack.callback(connection.close)
    return most, ""


@pytest.mark.parametrize("words", ["", "connection limit -1"])
@pytest.mark.parametrize("group", ["hub_app", "hub_analyst"])
def test_a_login_without_limit_gets_one(hub_db: Settings, group: str, words: str) -> None:
    with login(hub_db, "t_many", [group], words):
        _secure(hub_db)
        assert rows_of(hub_db, LIMITS) == [(20, BOUNDS)]


def test_one_that_is_a_member_by_another_role_gets_one_too(hub_db: Settings) -> None:
    rows_of(hub_db, "create role t_many_post; grant hub_app to t_many_post")
    with login(hub_db, "t_many", ["t_many_post"], "noinherit"):
        _secure(hub_db)
        assert rows_of(hub_db, LIMITS)[0][0] == 20
    rows_of(hub_db, "drop role t_many_post")


def test_what_an_administrator_said_stays(hub_db: Settings) -> None:
    with login(hub_db, "t_many", ["hub_app"], "connection limit 3"):
        rows_of(hub_db, "alter role t_many set idle_in_transaction_session_timeout = '5s'")
        _secure(hub_db)
        assert rows_of(hub_db, LIMITS) == [(3, ["idle_in_transaction_session_timeout=5s", *BOUNDS[1:]])]


def test_other_logins_are_left_alone(hub_db: Settings) -> None:
    with login(hub_db, "t_many"):
        _secure(hub_db)
        assert rows_of(hub_db, LIMITS) == [(-1, None)]
    assert rows_of(hub_db, "select rolconnlimit from pg_roles where rolname = current_user") == [(-1,)]


def test_a_login_that_is_not_ours_to_alter_is_named(hub_server: Settings, hub_db: Settings) -> None:
    """Made by a superuser: only that one may alter it."""
    with closing(reach.admin(hub_server)) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute("create role t_many login; grant hub_app to t_many")
        try:
            _secure(hub_db)
            assert rows_of(hub_db, LIMITS) == [(-1, None)]
            with closing(connect(hub_db)) as ours, ours.cursor() as looking:
                found = list(access.findings(looking))
        finally:
            cursor.execute("drop role t_many")
    assert [line for line in found if "t_many" in line] == [
        "login t_many may open any number of connections: alter role t_many connection limit 20"
    ]


def test_the_flood_ends_at_the_limit(hub_db: Settings, opened: ExitStack) -> None:
    with login(hub_db, "t_many", ["hub_app"]):
        _secure(hub_db)
        count, why = _flood(hub_db, opened, 112)
        assert count == 20
        assert 'too many connections for role "t_many"' in why
        assert rows_of(hub_db, "select 1") == [(1,)]
        opened.close()


def test_without_a_limit_the_owner_still_gets_in(hub_db: Settings, opened: ExitStack) -> None:
    """Somebody's login that was made a moment ago."""
    with login(hub_db, "t_many", ["hub_app"]):
        count, why = _flood(hub_db, opened, 112)
        assert 20 < count < 112
        assert "reserved" in why
        with ExitStack() as ours:
            for _ in range(30):
                ours.enter_context(closing(connect(hub_db)))
        assert load(hub_db, SNAPSHOT, delivery(A)).outcome == "loaded"
        opened.close()


def test_a_readers_large_object_is_in_nobodys_way(fresh_hub: Settings, tmp_path: Path) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A))
    with login(fresh_hub, "t_many", ["hub_analyst"]):
        with session(fresh_hub, "t_many", autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("select lo_from_bytea(0, 'x'), lo_create(0), lo_creat(-1)")
        made = "select count(*) from pg_largeobject_metadata"
        assert rows_of(fresh_hub, made) == [(3,)]
        backup(tmp_path / "saved", fresh_hub)
        restore(tmp_path / "saved", fresh_hub, replace=True)
        assert rows_of(fresh_hub, made) == [(0,)]
        count = "select count(*) from ops.feed_batches where as_of = %s"
        assert rows_of(fresh_hub, count, DAY) == [(1,)]
