"""Sessions that dbt closes are kept: each is handed out like a new one, and none is shared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from hub.dbt_sessions import KeptSessions
from tests.support.fakes import rows_of
from warehouse.settings import Settings
from warehouse.store.postgres import server

pytestmark = pytest.mark.slow


@pytest.fixture
def connect(fresh_hub: Settings) -> Iterator[Any]:
    where = server.info(fresh_hub)
    opened = []

    def open_one() -> Any:
        opened.append(
            kept.connect(
                dbname=where.database,
                user=where.user,
                password=where.password,
                host=where.host,
                port=where.port,
            )
        )
        return opened[-1]

    kept = KeptSessions(psycopg2.connect, lambda _: where)
    yield open_one
    for connection in opened:
        connection.end()


def asked(connection: Any, statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def done(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.commit()


def test_a_closed_session_is_used_again_and_is_like_a_new_one(connect: Any) -> None:
    first = connect()
    pid = asked(first, "select pg_backend_pid()")
    timeout = asked(first, "select current_setting('lock_timeout')")
    done(first, "create temp table left_over (a int)")
    done(first, "select pg_advisory_lock(4242)")
    done(first, "set lock_timeout = '1ms'")
    first.close()
    second = connect()
    assert asked(second, "select pg_backend_pid()") == pid
    assert asked(second, "select to_regclass('pg_temp.left_over')") is None
    assert asked(second, "select count(*) from pg_locks where locktype = 'advisory'") == 0
    assert asked(second, "select current_setting('lock_timeout')") == timeout == "1min"


def test_what_was_not_committed_is_gone(fresh_hub: Settings, connect: Any) -> None:
    first = connect()
    with first.cursor() as cursor:
        cursor.execute("create table public.half (a int)")
    first.close()
    assert rows_of(fresh_hub, "select to_regclass('public.half') is null") == [(True,)]


def test_two_at_once_are_two_sessions(connect: Any) -> None:
    first, second = connect(), connect()
    assert asked(first, "select pg_backend_pid()") != asked(second, "select pg_backend_pid()")


def test_closing_twice_gives_back_once(connect: Any) -> None:
    first = connect()
    first.close()
    first.close()
    assert connect() is not connect()


def test_a_session_that_the_server_ended_is_replaced(fresh_hub: Settings, connect: Any) -> None:
    first = connect()
    pid = asked(first, "select pg_backend_pid()")
    first.close()
    rows_of(fresh_hub, f"select pg_terminate_backend({pid}, 10000)")
    second = connect()
    assert asked(second, "select pg_backend_pid()") != pid


def test_a_session_that_is_lost_while_it_is_used_is_not_kept(fresh_hub: Settings, connect: Any) -> None:
    first = connect()
    pid = asked(first, "select pg_backend_pid()")
    rows_of(fresh_hub, f"select pg_terminate_backend({pid}, 10000)")
    with pytest.raises(psycopg2.OperationalError):
        asked(first, "select 1")
    first.close()
    assert asked(connect(), "select 1") == 1
