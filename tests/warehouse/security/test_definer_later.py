"""Functions with the owner's rights that somebody made, or made anew, after the migrations ran."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.support.fakes import rows_of
from tests.warehouse.security.logins import login
from tests.warehouse.security.test_definer import PINNED
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store import access
from warehouse.store.connect import connect

pytestmark = pytest.mark.slow
OWN = "language sql security definer"
#: Made by hand; by (name, statement).
MADE = {
    "in public": f"create function public.planted() returns int {OWN} as 'select 1'",
    "an odd name": f'create function ops."Planted ""x""; --"("a b" int) returns int {OWN} as \'select 1\'',
    "a schema with an odd name": 'create schema "Odd;"; '
    f"create function \"Odd;\".planted() returns int {OWN} as 'select 1'",
    "variadic": f"create function ops.planted(variadic v int[]) returns int {OWN} as 'select 1'",
    "out arguments": f"create function ops.planted(a int, out b int, out c text) {OWN} as 'select 1, ''x'''",
    "a procedure that gives back": "create procedure ops.planted(a int, inout b int, out c int) "
    f"{OWN} as 'select 1, 2'",
    "two of one name": f"create function ops.planted(int) returns int {OWN} as 'select 1'; "
    f"create function ops.planted(text) returns int {OWN} as 'select 1'",
    "one word": f"create function ops.planted() returns int {OWN} "
    "set search_path = 'pg_catalog, pg_temp' as 'select 1'",
    "the other way round": f"create function ops.planted() returns int {OWN} "
    "set search_path = pg_temp, pg_catalog as 'select 1'",
    "as the caller has it": f"create function ops.planted() returns int {OWN} "
    "set search_path from current as 'select 1'",
    "another setting": f"create function ops.planted() returns int {OWN} set work_mem = '1MB' as 'select 1'",
    "a trigger": "create function ops.planted() returns trigger language plpgsql security definer "
    "as 'begin return new; end'",
    "made one later": "create function ops.planted() returns int language sql as 'select 1'; "
    "alter function ops.planted() security definer",
    "a setting taken away": "alter function ops.household_report_rows() reset all",
    "made anew without it": "create or replace function ops.reader() returns name language sql stable "
    "security definer as 'select session_user'",
    "of a table": f"create table public.t (a int); "
    f"create function ops.planted(t public.t) returns int {OWN} "
    "as 'select 1'",
}


def unpinned(settings: Settings) -> list[str]:
    found = rows_of(settings, PINNED)
    return [name for name, config in found if access.DEFINER_PATH not in (config or [])]


@pytest.mark.parametrize("made", MADE)
def test_what_was_made_by_hand_is_told_and_the_next_migration_pins_it(fresh_hub: Settings, made: str) -> None:
    rows_of(fresh_hub, MADE[made])
    left = unpinned(fresh_hub)
    assert left
    with closing(connect(fresh_hub)) as connection, connection.cursor() as cursor:
        told = [line for line in access.findings(cursor) if "has no pinned search_path" in line]
    assert len(told) == len(left)
    assert migrate(fresh_hub) == []
    assert unpinned(fresh_hub) == []


def test_one_of_another_owner_is_named(fresh_hub: Settings) -> None:
    rows_of(fresh_hub, "create schema theirs")
    with login(fresh_hub, "t_later"):
        rows_of(
            fresh_hub,
            f"create function theirs.planted() returns int {OWN} as 'select 1'; "
            "grant t_later to current_user with inherit false, set true; "
            "grant create, usage on schema theirs to t_later; "
            "alter function theirs.planted() owner to t_later",
        )
        migrate(fresh_hub)
        with closing(connect(fresh_hub)) as connection, connection.cursor() as cursor:
            told = list(access.findings(cursor))
        rows_of(fresh_hub, "drop schema theirs cascade")
    assert "function theirs.planted() of t_later has no pinned search_path: alter it, or drop it" in told


def test_one_that_is_everybodys_is_told(fresh_hub: Settings) -> None:
    rows_of(fresh_hub, MADE["in public"])
    migrate(fresh_hub)
    with closing(connect(fresh_hub)) as connection, connection.cursor() as cursor:
        (told,) = [line for line in access.findings(cursor) if "planted" in line]
        cursor.execute("revoke execute on function public.planted() from public")
        assert [line for line in access.findings(cursor) if "planted" in line] == []
    assert "runs with the rights of" in told
    assert "revoke execute on routine planted() from public" in told
