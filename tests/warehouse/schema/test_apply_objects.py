"""Object files reach the database once, all or none, and nothing is touched that did not change."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.fakes import rows_of
from warehouse.errors import MigrationError
from warehouse.schema.migrate import migrate
from warehouse.schema.object_files import OBJECTS
from warehouse.settings import Settings
from warehouse.store import connect

pytestmark = pytest.mark.slow
MASKED = "marts/masked.sql.j2"
AS_OF = "publication/as_of.sql.j2"
_LAST_LINE = "    {% endfor %}\nfrom"
_NAME = "{{ column.masked_name }}"
#: Edits of the template of the masked views: what becomes of the last column.
ONE_MORE = (_LAST_LINE, _LAST_LINE.replace("from", "    , 1 as added\nfrom"))
ONE_LESS = ("mart.shown_to_analysts", "mart.shown_to_analysts[:-1]")
RETYPED = (
    _NAME,
    "{{ 'length(' ~ column.name ~ '::text) as ' ~ column.name if loop.last else column.masked_name }}",
)
RENAMED = (_NAME, _NAME + "{{ ' as cause' if loop.last }}")
UNKNOWN = (_LAST_LINE, _LAST_LINE.replace("from", "    , no_such_column\nfrom"))
#: Changes with every statement that makes or grants something.
VERSIONS = """
    select p.oid::regprocedure::text, p.xmin::text from pg_proc as p
    where p.pronamespace::regnamespace::text in ('ops', 'core', 'marts')
    union all
    select c.oid::regclass::text, c.xmin::text from pg_class as c
    where c.relkind = 'v' and c.relnamespace = 'marts'::regnamespace
    union all
    select p.polrelid::regclass || ' ' || p.polname, p.xmin::text from pg_policy as p
    union all
    select t.tgrelid::regclass || ' ' || t.tgname, t.xmin::text from pg_trigger as t where not t.tgisinternal
"""
MASKED_RIGHTS = """
    select grantee::text, privilege_type from information_schema.role_table_grants
    where table_schema = 'marts' and table_name = 'warnings_masked' and grantee like 'hub\\_%' order by 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the object files, to edit."""
    copy: Path = shutil.copytree(OBJECTS, tmp_path / "objects")
    return copy


def edit(folder: Path, name: str, *pairs: tuple[str, str]) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")


def versions(hub: Settings) -> dict[str, str]:
    return dict(rows_of(hub, VERSIONS))


def changed(hub: Settings, act: Callable[[], object]) -> set[str]:
    """What ``act`` made, made anew or dropped."""
    before = versions(hub)
    act()
    after = versions(hub)
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_an_edited_text_is_applied_once(fresh_hub: Settings, folder: Path) -> None:
    edit(folder, "operations/died.sql", ("ended without a word", "ended in silence"))
    applied: list[str] = []
    touched = changed(fresh_hub, lambda: applied.extend(migrate(fresh_hub, objects=folder)))
    assert applied == ["objects/operations/died.sql"]
    assert touched == {"ops.died(timestamp with time zone)"}
    assert "ended in silence" in rows_of(fresh_hub, "select ops.died(now())")[0][0]
    assert changed(fresh_hub, lambda: migrate(fresh_hub, objects=folder)) == set()


def test_a_run_without_a_change_waits_for_nobody(fresh_hub: Settings) -> None:
    with closing(connect.connect(fresh_hub)) as reader, reader.cursor() as cursor:
        cursor.execute(
            "lock table marts.warnings, marts.cross_check_hits, marts.unanswered, marts.warning_events, "
            "marts.kept_rows, ops.decisions, ops.report_reads in access exclusive mode"
        )
        assert migrate(fresh_hub) == []


def test_a_new_column_at_the_end_of_a_view_is_added_in_place(fresh_hub: Settings, folder: Path) -> None:
    edit(folder, MASKED, ONE_MORE)
    assert migrate(fresh_hub, objects=folder) == [f"objects/{MASKED}"]
    rows_of(fresh_hub, "select added from marts.warnings_masked")


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (ONE_LESS, ("district_prefix", "text")),
        (RETYPED, ("street_prefix", "integer")),
        (RENAMED, ("cause", "text")),
    ],
    ids=["a column less", "another type", "another name"],
)
def test_a_view_whose_columns_change_is_made_anew_with_what_depends_on_it(
    fresh_hub: Settings, folder: Path, change: tuple[str, str], column: tuple[str, str]
) -> None:
    rights = rows_of(fresh_hub, MASKED_RIGHTS)
    assert rights == [("hub_analyst", "SELECT"), ("hub_app", "SELECT")]
    edit(folder, MASKED, change)
    assert migrate(fresh_hub, objects=folder) == [f"objects/{MASKED}", f"objects/{AS_OF}"]
    last = (
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'marts.warnings_masked'::regclass and attnum > 0 order by attnum desc limit 1"
    )
    assert rows_of(fresh_hub, last) == [column]
    assert rows_of(fresh_hub, MASKED_RIGHTS) == rights
    may = "has_function_privilege('hub_analyst', 'marts.warnings_masked_as_of(bigint)', 'execute')"
    assert rows_of(fresh_hub, f"select {may}, count(*) from marts.warnings_masked where false") == [(True, 0)]
    assert migrate(fresh_hub, objects=folder) == []


def test_a_function_that_returns_something_else_is_made_anew_with_its_view(
    fresh_hub: Settings, folder: Path
) -> None:
    edit(
        folder,
        "household_report/household_report_masked_rows.sql",
        ("as_of date\n)", "as_of date, doubled integer\n)"),
        ("r.as_of\n", "r.as_of, 2\n"),
    )
    applied = migrate(fresh_hub, objects=folder)
    assert [Path(name).stem for name in applied] == [
        "household_report_masked_rows",
        "household_report_masked",
    ]
    columns = "select count(*) from pg_attribute where attrelid = 'marts.household_report_masked'::regclass"
    assert rows_of(fresh_hub, f"{columns} and attname = 'doubled'") == [(1,)]


def test_a_function_with_other_arguments_takes_the_place_of_the_former_one(
    fresh_hub: Settings, folder: Path
) -> None:
    edit(
        folder,
        "operations/died.sql",
        ("began timestamptz)", "began timestamptz, word text default 'x')"),
        ("died(timestamptz)", "died(timestamptz, text)"),
    )
    migrate(fresh_hub, objects=folder)
    there = rows_of(fresh_hub, "select oid::regprocedure::text from pg_proc where proname = 'died'")
    assert there == [("ops.died(timestamp with time zone,text)",)]


def test_policies_go_over_to_a_function_with_other_arguments(fresh_hub: Settings, folder: Path) -> None:
    policies = "select tablename, policyname, roles::text, cmd from pg_policies order by 1, 2"
    before = rows_of(fresh_hub, policies)
    edit(
        folder,
        "access/region_patterns.sql",
        ("(who name, kind name)", "(who name, kind name, also boolean default true)"),
        ("(name, name)", "(name, name, boolean)"),
    )
    applied = migrate(fresh_hub, objects=folder)
    assert [Path(name).name for name in applied] == ["region_patterns.sql", "own_region.sql.j2"]
    assert rows_of(fresh_hub, policies) == before
    assert len(before) == 12
    there = "select oid::regprocedure::text from pg_proc where proname = 'region_patterns' order by 1"
    assert [name for (name,) in rows_of(fresh_hub, there)] == [
        "ops.region_patterns(name)",
        "ops.region_patterns(name,name,boolean)",
    ]


def test_what_others_made_on_a_view_is_never_dropped(fresh_hub: Settings, folder: Path) -> None:
    rows_of(fresh_hub, "create view public.mine as select withdrawn_cause from marts.warnings_masked")
    edit(folder, MASKED, ONE_LESS)
    edit(folder, "access/reader.sql", ("-- ", "-- Edited. "))

    def act() -> None:
        with pytest.raises(MigrationError, match=r"masked\.sql\.j2 cannot be .*view (public\.)?mine depends"):
            migrate(fresh_hub, objects=folder)

    assert changed(fresh_hub, act) == set()
    rows_of(fresh_hub, "drop view public.mine")
    assert f"objects/{MASKED}" in migrate(fresh_hub, objects=folder)


def test_a_file_that_fails_is_named_and_nothing_is_applied(fresh_hub: Settings, folder: Path) -> None:
    edit(folder, "access/reader.sql", ("-- ", "-- Edited. "))
    edit(folder, MASKED, UNKNOWN)

    def act() -> None:
        with pytest.raises(MigrationError, match=r"objects/marts/masked\.sql\.j2: column .* nothing was"):
            migrate(fresh_hub, objects=folder)

    assert changed(fresh_hub, act) == set()


def test_what_no_file_makes_any_more_is_dropped(fresh_hub: Settings, folder: Path) -> None:
    (folder / "operations" / "keep_decisions.sql").unlink()
    touched = changed(fresh_hub, lambda: migrate(fresh_hub, objects=folder))
    assert touched == {"ops.keep_decisions()", "ops.decisions decisions_are_kept"}
    assert rows_of(
        fresh_hub, "select count(*) from ops.schema_objects where file like '%keep_decisions%'"
    ) == [(0,)]
    assert migrate(fresh_hub, objects=folder) == []


def test_what_something_depends_on_is_not_dropped(fresh_hub: Settings, folder: Path) -> None:
    (folder / "masks" / "mask_id.sql").unlink()

    def act() -> None:
        with pytest.raises(
            MigrationError, match=r"makes function ops\.mask_id any more, but .*id_number_masked"
        ):
            migrate(fresh_hub, objects=folder)

    assert changed(fresh_hub, act) == set()
    assert migrate(fresh_hub) == []


def test_a_file_may_move(fresh_hub: Settings, folder: Path) -> None:
    (folder / "operations" / "died.sql").rename(folder / "warnings" / "died.sql")
    assert migrate(fresh_hub, objects=folder) == ["objects/warnings/died.sql"]
    assert rows_of(fresh_hub, "select ops.died(now()) is not null") == [(True,)]
    assert migrate(fresh_hub, objects=folder) == []


@pytest.mark.parametrize(
    ("lost", "file"),
    [
        ("drop function ops.died(timestamptz)", "operations/died.sql"),
        ("drop view marts.unanswered_masked cascade", MASKED),
        ("drop policy own_region on marts.kept_rows", "access/own_region.sql.j2"),
        ("drop trigger decisions_are_kept on ops.decisions", "operations/keep_decisions.sql"),
    ],
)
def test_what_was_lost_is_made_again(fresh_hub: Settings, lost: str, file: str) -> None:
    rows_of(fresh_hub, lost)
    assert f"objects/{file}" in migrate(fresh_hub)
    assert migrate(fresh_hub) == []


def test_a_reader_in_the_way_is_named_and_waited_for_with_a_bound(fresh_hub: Settings, folder: Path) -> None:
    edit(folder, MASKED, ONE_MORE)
    rows_of(fresh_hub, "update ops.settings set value = '0.1' where name like 'build_lock_%'")
    with closing(connect.connect(fresh_hub, application="idle reader")) as reader, reader.cursor() as cursor:
        cursor.execute("select * from marts.warnings_masked")
        with pytest.raises(MigrationError, match=r"marts\.warnings_masked is locked by .*idle reader"):
            migrate(fresh_hub, objects=folder)
        reader.rollback()
        assert migrate(fresh_hub, objects=folder) == [f"objects/{MASKED}"]
