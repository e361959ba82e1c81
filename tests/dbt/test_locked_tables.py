"""Changes of tables that others read: one idle reader keeps nobody waiting without end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.support.fakes import rows_of
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
READER = "idle reader"


@contextmanager
def idle_reader(settings: Settings, statement: str) -> Iterator[int]:
    """A session that has read and does not end its transaction; its process."""
    with closing(psycopg2.connect(settings.database_url, application_name=READER)) as reader:
        with reader.cursor() as cursor:
            cursor.execute(statement)
        yield reader.get_backend_pid()


def bound(settings: Settings, seconds: int) -> None:
    """An operator's bound for the build."""
    change = "update ops.settings set value = %s where name = %s"
    rows_of(settings, change, str(seconds), "build_lock_wait_seconds")
    rows_of(settings, change, "1", "build_lock_step_seconds")


def tables(settings: Settings) -> None:
    rows_of(
        settings,
        "drop table if exists looked_at, renamed cascade; create table looked_at (a int); "
        "insert into looked_at values (1); create view seen as select * from looked_at; "
        "create view seen_again as select * from seen",
    )


def test_others_read_on_while_a_change_waits_and_it_goes_through_in_the_end(hub_db: Settings) -> None:
    bound(hub_db, 600)
    tables(hub_db)
    with ThreadPoolExecutor(1) as pool:
        with idle_reader(hub_db, "select * from looked_at") as pid:
            change = pool.submit(refusal, hub_db, "truncate looked_at", "looked_at")
            waits = "select count(*) from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
            while not change.done() and rows_of(hub_db, waits, pid) == [(0,)]:
                pass
            # behind the change in the queue: without pauses it would be held until the first reader ends
            assert rows_of(hub_db, "select count(*) from looked_at") == [(1,)]
            assert not change.done()
        assert change.result() == ""
    assert rows_of(hub_db, "select count(*) from looked_at") == [(0,)]


#: What a reader may have open, and the change that must not wait for it without end.
IN_THE_WAY: dict[str, tuple[str, str, str]] = {
    "a reader of the table": ("select * from looked_at", "drop table looked_at cascade", "looked_at"),
    "a reader of a view over it": ("select * from seen", "drop table looked_at cascade", "looked_at"),
    "a reader of a view over a view": (
        "select * from seen_again",
        "drop table looked_at cascade",
        "looked_at",
    ),
    "a cursor": ("declare c cursor for select * from looked_at", "truncate looked_at", "looked_at"),
    "a row locked": (
        "select * from looked_at for update",
        "alter table looked_at rename to renamed",
        "looked_at",
    ),
    "a writer": ("insert into looked_at values (2)", "truncate looked_at", "looked_at"),
    "a lock by name": ("lock table looked_at in share mode", "truncate looked_at", "looked_at"),
    "an index": ("create index on looked_at (a)", "drop table looked_at cascade", "looked_at"),
    "the view itself": ("select * from seen_again", "drop view seen cascade", "seen"),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_every_change_names_who_is_in_its_way(hub_db: Settings, case: str) -> None:
    reading, change, relation = IN_THE_WAY[case]
    bound(hub_db, 0)
    tables(hub_db)
    with idle_reader(hub_db, reading) as pid:
        found = refusal(hub_db, change, relation)
        assert f"{relation} is locked by process {pid} (user hub, application {READER}, idle in" in found
    assert refusal(hub_db, change, relation) == ""


def test_the_sessions_own_bound_is_back_afterwards(hub_db: Settings) -> None:
    ran = "select ops.run_patiently('create table public.made (a int)', 'public.made')"
    assert rows_of(hub_db, f"{ran}; show lock_timeout") == [("1min",)]


def refusal(settings: Settings, change: str, relation: str) -> str:
    try:
        rows_of(settings, "select ops.run_patiently(%s, %s)", in_public(change), f"public.{relation}")
    except psycopg2.errors.LockNotAvailable as error:
        return str(error.diag.message_primary)
    return ""


def in_public(change: str) -> str:
    # the function looks names up nowhere else but where they say
    return change.replace("looked_at", "public.looked_at").replace(" seen ", " public.seen ")
