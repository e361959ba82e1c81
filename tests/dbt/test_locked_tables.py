"""A build among readers: one that is idle in a transaction keeps nobody waiting without end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from threading import Thread
from typing import Any

import psycopg2
import pytest

from tests.dbt.cases import build as build_world
from tests.dbt.world import T
from tests.warehouse.fakes import rows_of
from warehouse.settings import Settings
from warehouse.stack import tasks
from warehouse.stack.errors import StackError

pytestmark = pytest.mark.slow
READER = "idle reader"


@pytest.fixture(scope="module")
def built(hub_db: Settings) -> Iterator[Settings]:
    """A hand-made world, built once by the task that builds every day."""
    world, _ = build_world()
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settings, "from_env", lambda: hub_db)
        tasks.build(T if isinstance(T, date) else date.fromisoformat(T))
        yield hub_db


@contextmanager
def idle_reader(settings: Settings, statement: str) -> Iterator[int]:
    """A session that has read and does not end its transaction; its process."""
    with closing(psycopg2.connect(settings.database_url, application_name=READER)) as reader:
        with reader.cursor() as cursor:
            cursor.execute(statement)
        yield reader.get_backend_pid()


def bound(settings: Settings, seconds: int) -> None:
    rows_of(
        settings, "update ops.settings set value = %s where name = 'build_lock_wait_seconds'", str(seconds)
    )
    rows_of(settings, "update ops.settings set value = '1' where name = 'build_lock_step_seconds'")


def test_a_build_that_cannot_get_a_table_ends_and_names_who_holds_it(built: Settings) -> None:
    bound(built, 3)
    before = rows_of(built, "select count(*) from core.dim_person")
    with idle_reader(built, "select count(*) from core.dim_person") as pid:
        with pytest.raises(StackError) as caught:
            tasks.build(T if isinstance(T, date) else date.fromisoformat(T))
        # who comes later reads what was there before
        assert rows_of(built, "select count(*) from core.dim_person") == before
    said = str(caught.value).splitlines()[0]
    assert '"core"."dim_person" is locked by process' in said
    assert f"process {pid} (user hub, application {READER}, idle in transaction since 20" in said
    assert "build_lock_wait_seconds" in said


def test_a_build_goes_through_when_the_reader_ends_in_time(built: Settings) -> None:
    bound(built, 90)
    failed: list[BaseException] = []

    def build() -> None:
        try:
            tasks.build(T if isinstance(T, date) else date.fromisoformat(T))
        except BaseException as error:
            failed.append(error)

    at_work = Thread(target=build)
    with idle_reader(built, "select count(*) from core.dim_person") as pid:
        at_work.start()
        waits = "select count(*) from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
        while at_work.is_alive() and rows_of(built, waits, pid) == [(0,)]:
            pass
    at_work.join()
    assert not failed


#: What a reader may have open, and the change that must not wait for it without end.
IN_THE_WAY: dict[str, tuple[str, str, str]] = {
    "a reader of the table": ("select * from looked_at", "drop table looked_at", "looked_at"),
    "a reader of a view over it": ("select * from seen", "drop table looked_at cascade", "looked_at"),
    "a reader of a view over a view": ("select * from seen_again", "drop table looked_at cascade", "looked_at"),
    "a cursor": ("declare c cursor for select * from looked_at", "truncate looked_at", "looked_at"),
    "a row locked": ("select * from looked_at for update", "alter table looked_at rename to x", "looked_at"),
    "a writer": ("insert into looked_at values (2)", "truncate looked_at", "looked_at"),
    "a lock by name": ("lock table looked_at in share mode", "truncate looked_at", "looked_at"),
    "an index": ("create index on looked_at (a)", "drop table looked_at cascade", "looked_at"),
    "the view itself": ("select * from seen", "alter view seen rename to x", "seen"),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_every_change_names_who_is_in_its_way(hub_db: Settings, case: str) -> None:
    reading, change, relation = IN_THE_WAY[case]
    bound(hub_db, 0)
    rows_of(
        hub_db,
        "drop table if exists looked_at cascade; create table looked_at (a int); insert into looked_at "
        "values (1); create view seen as select * from looked_at; create view seen_again as select * from seen",
    )
    with idle_reader(hub_db, reading) as pid:
        found = refusal(hub_db, change, relation)
        assert f"{relation} is locked by process {pid} (user hub, application {READER}, idle in" in found
    assert refusal(hub_db, change, relation) == ""


def test_the_sessions_own_bound_is_back_afterwards(hub_db: Settings) -> None:
    ran = "select ops.run_patiently('create table public.made (a int)', 'public.made'), current_setting('lock_timeout')"
    assert rows_of(hub_db, ran) == [("", "1min")]


def refusal(settings: Settings, change: str, relation: str) -> str:
    try:
        rows_of(settings, "select ops.run_patiently(%s, %s)", in_public(change), f"public.{relation}")
    except psycopg2.errors.LockNotAvailable as error:
        return str(error.diag.message_primary)
    return ""


def in_public(change: str) -> str:
    # the function looks names up nowhere else but where they say
    return change.replace("looked_at", "public.looked_at").replace(" seen ", " public.seen ")
