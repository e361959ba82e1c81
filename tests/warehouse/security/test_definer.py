"""No login runs anything as the owner, whatever it puts into its temporary schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor

from tests.support.candidates import hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from tests.warehouse.security.logins import login, session
from warehouse.operations.backup import backup
from warehouse.operations.restore import restore
from warehouse.publication.publish import publish
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store import access
from warehouse.store.connect import connect
from warehouse.store.postgres import server

#: What the definer functions, and what they call, cast to or declare.
TYPES = (
    "name",
    "text",
    "date",
    "jsonb",
    "int4",
    "int8",
    "numeric",
    "bool",
    "interval",
    "timestamptz",
    "uuid",
)
#: As SQL writes them: these words are names in pg_temp as well.
ALIASES = {"int4": "integer", "int8": "bigint", "bool": "boolean"}
FUNCTIONS = (
    "btrim(text)",
    "upper(text)",
    "length(text)",
    "current_setting(text)",
    "pg_has_role(name, oid, text)",
)
OPERATORS = (("=", "text"), ("=", "name"), ("<>", "text"), ("~~", "text"), ("||", "text"))
ROUTES = {
    "region_patterns": "select ops.region_patterns(current_user)",
    "reader": "select ops.reader()",
    "household_report_rows": "select count(*) from marts.household_report",
    "household_report_masked_rows": "select count(*) from marts.household_report_masked",
    "household_report_of": "select * from marts.household_report_of('DB1', 'a case')",
    "check_people": "select * from marts.check_people(array['210102196001011233'], 'a case')",
    "take_step": "select * from marts.take_step('w1', 'acknowledge', 'wang', 'seen', null)",
    "a policy": "select count(*) from marts.warnings_masked",
    "another policy": "select count(*) from marts.unanswered_masked",
    "hits": "select count(*) from marts.cross_check_hits_masked",
    "events": "select count(*) from marts.warning_events",
    "as of": "select count(*) from marts.warnings_masked_as_of(1)",
    "organisation_notice_days": "select count(*) from marts.abnormal_organisations",
    "mask": "select ops.mask_id('210102196001011233')",
}
KINDS = {"t_def_analyst": ["hub_analyst"], "t_def_app": ["hub_app", "hub_2101"]}
PINNED = """
    select n.nspname || '.' || p.proname, p.proconfig
    from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
    where p.prosecdef and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1
"""


@pytest.fixture(scope="module")
def hub(hub_db: Settings) -> Iterator[Settings]:
    """A published hub in a database whose TEMP is everybody's: the functions alone must hold."""
    put(hub_db, [warning("w1")], [hit("h1")], [unanswered("p1")])
    publish(DAY, hub_db)
    with (
        login(hub_db, "t_def_analyst", KINDS["t_def_analyst"]),
        login(hub_db, "t_def_app", KINDS["t_def_app"]),
    ):
        yield hub_db


def _plant_types(cursor: Cursor) -> None:
    cursor.execute(
        "create function pg_temp.evil(v pg_catalog.text) returns pg_catalog.bool language plpgsql as "
        "'begin raise exception ''ran as %'', current_user; end'"
    )
    for kind in TYPES:
        for name in {kind, ALIASES.get(kind, kind)}:
            cursor.execute(
                f'create domain pg_temp."{name}" as pg_catalog.{kind} '
                "check (pg_temp.evil(value::pg_catalog.text))"
            )


def _plant_calls(cursor: Cursor) -> None:
    body = "language plpgsql as 'begin raise exception ''ran as %'', current_user; end'"
    for function in FUNCTIONS:
        cursor.execute(f"create function pg_temp.{function} returns pg_catalog.text {body}")
    for kind in {kind for _, kind in OPERATORS}:
        cursor.execute(f"create function pg_temp.evil_{kind}({kind}, {kind}) returns pg_catalog.bool {body}")
    for sign, kind in OPERATORS:
        cursor.execute(
            f"create operator pg_temp.{sign} (leftarg = {kind}, rightarg = {kind}, "
            f"function = pg_temp.evil_{kind})"
        )
    cursor.execute("set search_path = pg_temp, pg_catalog")


def _open(settings: Settings) -> None:
    """TEMP for everybody: without it the functions have nothing to withstand."""
    rows_of(settings, f"grant connect, temporary on database {server.info(settings).database} to public")


def _as_owner(settings: Settings) -> str:
    return f"ran as {server.info(settings).user}"


def what_it_says(cursor: Cursor, statement: str) -> str:
    """Its error, if it has one."""
    try:
        cursor.execute(statement)
    except psycopg2.Error as error:
        return str(error)
    return ""


@pytest.mark.parametrize("plant", [_plant_types, _plant_calls], ids=["types", "functions and operators"])
@pytest.mark.parametrize("reader", KINDS)
@pytest.mark.parametrize("route", ROUTES)
def test_nothing_of_a_reader_runs_as_the_owner(hub: Settings, route: str, reader: str, plant: object) -> None:
    _open(hub)
    with session(hub, reader, autocommit=True) as connection, connection.cursor() as cursor:
        plant(cursor)  # type: ignore[operator]
        assert _as_owner(hub) not in what_it_says(cursor, ROUTES[route])


@pytest.mark.parametrize(("path", "runs"), [("pg_catalog", True), ("pg_catalog, pg_temp", False)])
def test_the_attack_is_one(hub: Settings, path: str, runs: bool) -> None:
    """The control: without pg_temp in the path it works."""
    rows_of(
        hub,
        "create or replace function marts.planted() returns text language plpgsql security definer "
        f"set search_path = {path} as 'declare n name := ''x''; begin return n; end'; "
        "grant execute on function marts.planted() to hub_analyst",
    )
    _open(hub)
    with session(hub, "t_def_analyst", autocommit=True) as connection, connection.cursor() as cursor:
        _plant_types(cursor)
        said = what_it_says(cursor, "select marts.planted()")
    rows_of(hub, "drop function marts.planted()")
    assert (_as_owner(hub) in said) is runs


def test_every_definer_function_a_reader_reaches_was_tried(hub: Settings) -> None:
    reachable = rows_of(
        hub,
        "select distinct p.proname from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace "
        "where p.prosecdef and n.nspname !~ '^pg_' and (has_function_privilege('hub_app', p.oid, 'execute') "
        "or has_function_privilege('hub_analyst', p.oid, 'execute'))",
    )
    assert {name for (name,) in reachable} <= ROUTES.keys()


def test_every_definer_function_is_pinned(hub: Settings) -> None:
    found = rows_of(hub, PINNED)
    assert len(found) >= 6
    assert [name for name, config in found if access.DEFINER_PATH not in (config or [])] == []


def test_one_that_is_made_later_is_pinned(fresh_hub: Settings) -> None:
    """By dbt, by hand, in a schema of its own: the next migration finds it."""
    rows_of(fresh_hub, "create schema later")
    words = (
        "",
        "set search_path = pg_catalog",
        "set search_path = pg_temp, ops",
        "set search_path = '\"$user\"'",
    )
    for schema in ("ops", "core", "later"):
        for number, path in enumerate(words):
            rows_of(
                fresh_hub,
                f"create function {schema}.planted_{number}() returns int language sql security definer "
                f"{path} as 'select 1'",
            )
        rows_of(fresh_hub, f"create procedure {schema}.planted() language sql security definer as 'select 1'")
    with closing(connect(fresh_hub)) as connection, connection.cursor() as cursor:
        access.secure(connection)
        cursor.execute(PINNED)
        found = cursor.fetchall()
    assert len([name for name, _ in found if "planted" in name]) == 15
    assert all(config == [access.DEFINER_PATH] for _, config in found)


def test_a_reader_may_call_what_is_meant_for_it_and_nothing_else(hub: Settings) -> None:
    with closing(connect(hub)) as connection:
        access.secure(connection)
    callable_by = (
        "select n.nspname || '.' || p.proname from pg_proc as p "
        "inner join pg_namespace as n on n.oid = p.pronamespace "
        "where n.nspname in ('ops', 'core', 'marts') and has_function_privilege(%s, p.oid, 'execute') "
        "order by 1"
    )
    analyst = [name for (name,) in rows_of(hub, callable_by, "hub_analyst")]
    assert analyst == [
        "marts.cross_check_hits_masked_as_of",
        "marts.unanswered_masked_as_of",
        "marts.warnings_masked_as_of",
        "ops.household_report_masked_rows",
        "ops.is_open",
        "ops.organisation_notice_days",
        "ops.reader",
        "ops.region_patterns",
        "ops.region_patterns",
        "ops.rows_as_of",
    ]
    app = {name for (name,) in rows_of(hub, callable_by, "hub_app")}
    assert app - set(analyst) == {
        "marts.check_people",
        "marts.cross_check_hits_as_of",
        "marts.household_report_of",
        "marts.take_step",
        "marts.unanswered_as_of",
        "marts.warnings_as_of",
        "ops.household_report_rows",
    }


def test_it_holds_after_a_restore(hub: Settings, fresh_hub: Settings, tmp_path: Path) -> None:
    """A new database has TEMP for everybody; so has one to which somebody gives it back."""
    backup(tmp_path / "saved", hub)
    restore(tmp_path / "saved", fresh_hub, replace=True)
    open_rights = "select has_database_privilege('t_def_nobody', current_database(), %s)"
    with login(fresh_hub, "t_def_nobody"):
        for right in ("temporary", "connect"):
            assert rows_of(fresh_hub, open_rights, right) == [(False,)]
        with pytest.raises(psycopg2.OperationalError, match="CONNECT privilege"):
            session(fresh_hub, "t_def_nobody").__enter__()
    assert all(config == [access.DEFINER_PATH] for _, config in rows_of(fresh_hub, PINNED))
    with session(fresh_hub, "t_def_analyst", autocommit=True) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="temporary"):
            _plant_types(cursor)
        _open(fresh_hub)
        cursor.execute("discard all")
        _plant_types(cursor)
        for statement in ROUTES.values():
            assert _as_owner(fresh_hub) not in what_it_says(cursor, statement)
    assert migrate(fresh_hub) == []
    temporary = "select has_database_privilege('t_def_analyst', current_database(), 'temporary')"
    assert rows_of(fresh_hub, temporary) == [(False,)]


def test_the_owner_goes_on_making_temporary_tables(hub: Settings) -> None:
    with closing(connect(hub)) as connection:
        access.secure(connection)
    assert rows_of(hub, "create temporary table mine as select 1 as one; table mine") == [(1,)]
