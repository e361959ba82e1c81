"""Nobody but the owner stops publication, clerks, loaders, the gate or a migration."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from expectations import check_results as gate_ledger
from tests.support.candidates import TOMORROW, put, warning
from tests.support.fakes import DAY, SNAPSHOT, rows_of
from tests.support.loading import A, delivery, load
from tests.warehouse.security.logins import connect_as, login, session
from warehouse.errors import LockBusy
from warehouse.intake import batches
from warehouse.operations import alerts
from warehouse.operations.backup import backup
from warehouse.operations.restore import restore
from warehouse.publication.publish import publish
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store import locks
from warehouse.store.connect import connect
from warehouse.store.postgres import reach, server

STEP = "select status from marts.take_step(%s, 'acknowledge', 'wang')"
EVENTS = "select event_type from marts.warning_events where warning_id = 'w1' order by event_seq"


@pytest.fixture
def hub(fresh_hub: Settings) -> Iterator[Settings]:
    put(fresh_hub, [warning("w1"), warning("w2"), warning("w3")])
    publish(DAY, fresh_hub)
    rows_of(fresh_hub, "update ops.settings set value = '0.3' where name = 'step_most_seconds'")
    with (
        login(fresh_hub, "t_lock_clerk", ["hub_app", "hub_2101"]),
        login(fresh_hub, "t_lock_other", ["hub_app", "hub_2101"]),
        login(fresh_hub, "t_lock_nobody"),
    ):
        yield fresh_hub


def _everything_goes_on(hub: Settings) -> None:
    with session(hub, "t_lock_other") as other, other, other.cursor() as cursor:
        cursor.execute(STEP, ("w2",))
        assert cursor.fetchall() == [("acknowledged",)]
    put(hub, [warning("w1", severity="yellow"), warning("w2"), warning("w3")], day=TOMORROW)
    assert not publish(TOMORROW, hub).unchanged
    assert load(hub, SNAPSHOT, delivery(A)).outcome == "loaded"
    alerts.refresh(DAY, hub, [SNAPSHOT])
    assert migrate(hub) == []
    with (
        closing(connect(hub, lock_timeout_ms=500)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        gate_ledger.lock_gate(cursor)


@contextmanager
def _may_lock(hub_server: Settings, hub: Settings, role: str, *functions: str) -> Iterator[None]:
    """As on a server of somebody else, where advisory locks are everybody's."""
    named = ", ".join(f"pg_catalog.{function}" for function in functions)
    with closing(reach.admin(hub_server, server.info(hub).database)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(f"grant execute on function {named} to {role}")
            try:
                yield
            finally:
                cursor.execute(f"revoke execute on function {named} from {role}")


TAKING = (
    "select p.oid::regprocedure::text from pg_proc as p "
    "where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ 'advisory.*_lock'"
)


def _refused_locks(hub: Settings, role: str) -> set[str]:
    with session(hub, role, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"select f from ({TAKING}) as t (f) where not has_function_privilege(f, 'execute')")
        refused = {name for (name,) in cursor.fetchall()}
        for call in ("pg_advisory_lock(1)", "pg_try_advisory_xact_lock_shared(1, 2)"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"select {call}")
    return refused


def test_nobody_fills_the_table_of_locks(hub: Settings, fresh_hub: Settings, tmp_path: Path) -> None:
    """Locks without end leave room for no lock of others: not even for a connection. After a restore too."""
    every = {name for (name,) in rows_of(hub, TAKING)}
    assert len(every) >= 16
    assert _refused_locks(hub, "t_lock_clerk") == every
    backup(tmp_path / "saved", hub)
    restore(tmp_path / "saved", fresh_hub, replace=True)
    assert _refused_locks(fresh_hub, "t_lock_clerk") == every
    assert _take(fresh_hub)


@pytest.mark.parametrize("shared", ["", "_shared"])
def test_advisory_locks_stop_nobody(hub_server: Settings, hub: Settings, shared: str) -> None:
    """Every key there ever was, and those of sessions at work, taken by a login without any right."""
    two = [f"pg_advisory_lock{shared}({kinds})" for kinds in ("bigint", "integer, integer")]
    with (
        _may_lock(hub_server, hub, "t_lock_nobody", *two, f"pg_try_advisory_lock{shared}(bigint)"),
        session(hub, "t_lock_nobody", autocommit=True) as connection,
        connection.cursor() as cursor,
        closing(connect(hub)) as working,
    ):
        with working, working.cursor() as ours:
            batches.lock_feed(ours, "another feed")
        for key in (4801001, 4801002, 4801003):
            cursor.execute(f"select pg_advisory_lock{shared}(%s)", (key,))
        cursor.execute(f"select pg_advisory_lock{shared}(4801, hashtext(%s))", (SNAPSHOT,))
        cursor.execute(f"select pg_advisory_lock{shared}(hashtext('expectations.gate'))")
        cursor.execute(
            f"select count(pg_try_advisory_lock{shared}((l.classid::bigint << 32) | l.objid::bigint)) "
            "from pg_locks as l where l.locktype = 'advisory' and l.objsubid = 1"
        )
        assert cursor.fetchall()[0][0] >= 5
        _everything_goes_on(hub)


def test_nothing_of_ours_waits_for_an_advisory_lock(hub: Settings) -> None:
    waiting = (
        "select proname from pg_proc where pronamespace::regnamespace::text !~ '^pg_' "
        "and prosrc ~ 'pg_(try_)?advisory'"
    )
    assert rows_of(hub, waiting) == []


@pytest.mark.parametrize("table", ["locks", "publication_lock", "alerts_lock"])
@pytest.mark.parametrize(
    "statement",
    [
        "lock table ops.{} in access share mode",
        "lock table ops.{} in exclusive mode",
        "select * from ops.{} for update",
        "select * from ops.{} for key share",
        "insert into ops.{} default values",
        "delete from ops.{}",
    ],
)
def test_readers_cannot_touch_the_locks(hub_db: Settings, table: str, statement: str) -> None:
    for group in ("hub_app", "hub_analyst"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            rows_of(hub_db, f"grant {group} to current_user; set role {group}; {statement.format(table)}")


@pytest.mark.parametrize("group", ["hub_app", "hub_analyst"])
@pytest.mark.parametrize("function", ["hold_publication()", "publication_holder()", "end_reader(1)"])
def test_readers_cannot_call_what_takes_them(hub_db: Settings, group: str, function: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        rows_of(hub_db, f"grant {group} to current_user; set role {group}; select ops.{function}")


@pytest.mark.parametrize("table", ["warnings", "warning_events", "publications", "warnings_masked"])
@pytest.mark.parametrize("mode", ["row share", "row exclusive", "share", "exclusive", "access exclusive"])
def test_readers_lock_no_table_against_others(hub_db: Settings, table: str, mode: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        rows_of(
            hub_db,
            f"grant hub_app to current_user; set role hub_app; lock table marts.{table} in {mode} mode",
        )


def _held(hub: Settings) -> Any:
    connection = connect(hub)
    with connection, connection.cursor() as cursor:
        locks.hold(cursor, "feed x", "another load is at work on x")
    return connection


def _take(hub: Settings, patience_ms: int = 100) -> bool:
    """Takes the lock in a session of its own; returns whether that session alone is named as its holder."""
    with closing(connect(hub, lock_timeout_ms=patience_ms)) as mine, mine, mine.cursor() as cursor:
        locks.hold(cursor, "feed x", "another load is at work on x")
        cursor.execute("select pid from ops.locks where name = 'feed x'")
        return cursor.fetchall() == [(mine.info.backend_pid,)]


def test_one_session_at_a_time_and_the_next_when_it_ends(fresh_hub: Settings) -> None:
    first = _held(fresh_hub)
    with pytest.raises(LockBusy, match=rf"at work on x \(database session {first.info.backend_pid}\)"):
        _take(fresh_hub)
    with first, first.cursor() as cursor:
        locks.hold(cursor, "feed x", "again by the same session")
    with pytest.raises(LockBusy):
        _take(fresh_hub)
    first.close()
    assert _take(fresh_hub, 60_000)


def test_a_session_that_is_killed_lets_go(fresh_hub: Settings) -> None:
    first = _held(fresh_hub)
    rows_of(fresh_hub, "select pg_terminate_backend(%s, 5000)", first.info.backend_pid)
    assert _take(fresh_hub, 60_000)


def test_a_pooled_session_that_is_reset_lets_go(fresh_hub: Settings) -> None:
    """A pooler keeps the session and hands it to the next client."""
    with closing(_held(fresh_hub)) as first:
        first.autocommit = True
        with first.cursor() as cursor:
            cursor.execute("discard all")
        assert _take(fresh_hub, 60_000)


def test_one_that_was_undone_holds_nothing(fresh_hub: Settings) -> None:
    with closing(connect(fresh_hub)) as first, first.cursor() as cursor:
        locks.hold(cursor, "feed x", "a transaction")
        with pytest.raises(LockBusy, match=r"at work on x for over 0\.1 s"):
            _take(fresh_hub)
        first.rollback()
        assert _take(fresh_hub)


def test_one_that_was_released_is_free(fresh_hub: Settings) -> None:
    with closing(_held(fresh_hub)) as first, first, first.cursor() as cursor:
        locks.release(cursor, "feed x")
        first.commit()
        assert _take(fresh_hub)


def test_who_waits_keeps_nobody_from_letting_go(fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits must not keep the row: the holder takes the lock again, or gives it back."""
    waits, is_alive = threading.Event(), locks._is_alive

    def seen(*arguments: Any) -> bool:
        alive = is_alive(*arguments)
        waits.set()
        return alive

    monkeypatch.setattr(locks, "_is_alive", seen)
    with ThreadPoolExecutor(1) as pool, closing(_held(fresh_hub)) as first:
        waiting = pool.submit(_take, fresh_hub, 60_000)
        assert waits.wait(60)
        with first, first.cursor() as cursor:
            cursor.execute("set local lock_timeout = '5s'")
            locks.hold(cursor, "feed x", "again by the same session")
            locks.release(cursor, "feed x")
        waiting.result(60)


def test_a_stranger_cannot_pretend_that_it_is_still_held(hub_server: Settings, hub: Settings) -> None:
    first = _held(hub)
    [(pid, token)] = rows_of(hub, "select pid, token from ops.locks where name = 'feed x'")
    assert pid == first.info.backend_pid
    with (
        _may_lock(hub_server, hub, "t_lock_nobody", "pg_advisory_lock(bigint)"),
        session(hub, "t_lock_nobody", autocommit=True) as stranger,
        stranger.cursor() as cursor,
    ):
        first.close()
        cursor.execute("select pg_advisory_lock(%s)", (token,))
        assert _take(hub, 60_000)


def _left_open(hub: Settings, *after: str) -> Any:
    clerk = connect_as(hub, "t_lock_clerk")
    with clerk.cursor() as cursor:
        cursor.execute(STEP, ("w1",))
        for statement in after:
            cursor.execute(statement)
    return clerk


@pytest.mark.parametrize(
    "after",
    [
        [],
        ["set local idle_in_transaction_session_timeout = 0"],
        ["set idle_in_transaction_session_timeout = 0", "savepoint s"],
        ["declare c cursor for select * from marts.warnings"],
    ],
    ids=["idle", "without a limit", "for the session", "with a cursor"],
)
def test_a_step_left_open_stops_nobody(hub: Settings, after: list[str]) -> None:
    with closing(_left_open(hub, *after)) as clerk:
        _everything_goes_on(hub)
        with pytest.raises(psycopg2.OperationalError), clerk.cursor() as cursor:
            cursor.execute("select 1")
    assert rows_of(hub, EVENTS)[0] == ("opened",)
    assert ("acknowledged",) not in rows_of(hub, EVENTS)


def test_nor_does_one_that_keeps_itself_busy(hub: Settings) -> None:
    ended: list[str] = []
    clerk = _left_open(hub, "set local idle_in_transaction_session_timeout = 0")

    def sleep() -> None:
        try:
            with clerk.cursor() as cursor:
                cursor.execute("select pg_sleep(600)")
        except psycopg2.OperationalError as error:
            ended.append(error.pgcode or "the connection is gone")

    thread = threading.Thread(target=sleep)
    thread.start()
    _everything_goes_on(hub)
    thread.join(60)
    clerk.close()
    assert ended in (["57P01"], ["the connection is gone"])


def test_a_publication_is_never_ended_and_named(hub: Settings) -> None:
    with closing(connect(hub)) as publisher, publisher.cursor() as cursor:
        cursor.execute(locks.PUBLICATION)
        said = rf"written by session {publisher.info.backend_pid} of role \w+, for over 0\.9"
        with (
            session(hub, "t_lock_clerk") as clerk,
            clerk.cursor() as step,
            pytest.raises(psycopg2.errors.LockNotAvailable, match=said),
        ):
            step.execute(STEP, ("w1",))
        cursor.execute("select 1")
        assert cursor.fetchall() == [(1,)]
    with session(hub, "t_lock_clerk") as clerk, clerk.cursor() as step:
        step.execute(STEP, ("w1",))
        assert step.fetchall() == [("acknowledged",)]


@pytest.mark.parametrize(
    ("own", "then"), [("0", "300ms"), ("100ms", "100ms"), ("1h", "300ms"), ("300ms", "300ms")]
)
def test_a_step_limits_its_own_transaction_only(hub: Settings, own: str, then: str) -> None:
    with session(hub, "t_lock_clerk") as clerk, clerk.cursor() as cursor:
        cursor.execute(f"set idle_in_transaction_session_timeout = '{own}'; set lock_timeout = '7s'")
        clerk.commit()
        cursor.execute(STEP, ("w1",))
        cursor.execute(
            "select current_setting('idle_in_transaction_session_timeout'), current_setting('lock_timeout')"
        )
        assert cursor.fetchall() == [(then, "7s")]
        clerk.commit()
        cursor.execute("select current_setting('idle_in_transaction_session_timeout')")
        assert cursor.fetchall() == [(own,)]
