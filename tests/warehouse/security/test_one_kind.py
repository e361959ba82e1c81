"""Rights of applications and of analysts do not add up in one login."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from tests.warehouse.candidates import hit, put, unanswered, warning
from tests.warehouse.fakes import DAY, rows_of
from tests.warehouse.security.logins import login, session
from warehouse import access, db
from warehouse.publish import publish
from warehouse.settings import Settings

DADONG = "210104001001"
BOTH = ("hub_app", "hub_210102", "hub_analyst", "hub_2101")
TABLES = (
    "warnings",
    "cross_check_hits",
    "unanswered",
    "warning_events",
    "kept_rows",
    "warnings_masked",
    "cross_check_hits_masked",
    "unanswered_masked",
)
#: Roles a bureau makes for its posts.
POSTS = {"t_kind_desk": "hub_app, hub_210102", "t_kind_figures": "hub_analyst, hub_2101"}


@pytest.fixture(scope="module")
def hub(hub_db: Settings) -> Iterator[Settings]:
    put(
        hub_db,
        [warning("w1"), warning("w2", region_code=DADONG)],
        [hit("h1"), hit("h2", region_code=DADONG)],
        [unanswered("p1"), unanswered("p2", region_code=DADONG)],
    )
    publish(DAY, hub_db)
    for post, groups in POSTS.items():
        rows_of(hub_db, f"create role {post}; grant {groups} to {post}")
    yield hub_db
    rows_of(hub_db, f"drop role {', '.join(POSTS)}")


def _rows(settings: Settings, name: str, table: str, before: str = "") -> object:
    with session(settings, name) as connection, connection.cursor() as cursor:
        if before:
            cursor.execute(before)
        try:
            cursor.execute(f"select count(*) from marts.{table}")
        except psycopg2.errors.InsufficientPrivilege:
            return "refused"
        return cursor.fetchall()[0][0]


@pytest.mark.parametrize(
    "groups",
    [
        BOTH,
        tuple(POSTS),
        ("t_kind_desk", "hub_analyst", "hub_2101"),
        ("t_kind_figures", "hub_app"),
        ("hub_app", "hub_analyst", "hub_210102"),
        ("hub_app", "hub_analyst", "hub_2101"),
    ],
    ids="+".join,
)
def test_a_login_of_both_kinds_sees_nothing(hub: Settings, groups: tuple[str, ...]) -> None:
    with login(hub, "t_kind_both", groups):
        assert {_rows(hub, "t_kind_both", table) for table in TABLES} == {0}
        with session(hub, "t_kind_both") as connection, connection.cursor() as cursor:
            for shown in ("household_report_masked", "warnings_as_of(1)", "warnings_masked_as_of(1)"):
                if shown == "household_report_masked":
                    continue  # nothing is built here
                cursor.execute(f"select count(*) from marts.{shown}")
                assert cursor.fetchall() == [(0,)]
            with pytest.raises(psycopg2.errors.NoDataFound, match="no such warning in your area"):
                cursor.execute("select * from marts.take_step('w1', 'acknowledge', 'wang')")


@pytest.mark.parametrize("role", BOTH)
def test_nor_by_taking_one_of_its_roles(hub: Settings, role: str) -> None:
    with login(hub, "t_kind_both", BOTH):
        assert {_rows(hub, "t_kind_both", t, f"set role {role}") for t in TABLES} <= {0, "refused"}


def test_who_inherits_nothing_says_which_post_it_works_in(hub: Settings) -> None:
    with login(hub, "t_kind_two", tuple(POSTS), "noinherit"):
        rows_of(hub, "grant connect on database " + _database(hub) + " to t_kind_two")
        assert _rows(hub, "t_kind_two", "warnings_masked") == "refused"
        desk = "set role t_kind_desk"
        assert (_rows(hub, "t_kind_two", "warnings", desk), _rows(hub, "t_kind_two", "kept_rows", desk)) == (
            1,
            3,
        )
        figures = "set role t_kind_figures"
        assert _rows(hub, "t_kind_two", "warnings_masked", figures) == 2
        with session(hub, "t_kind_two") as connection, connection.cursor() as cursor:
            cursor.execute(figures)
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("select id_number from marts.warnings")
        rows_of(hub, "revoke connect on database " + _database(hub) + " from t_kind_two")


def _database(settings: Settings) -> str:
    return str(rows_of(settings, "select quote_ident(current_database())")[0][0])


def test_what_is_read_in_one_post_stays_masked_in_the_other(hub: Settings) -> None:
    """A cursor opened as an analyst, fetched after the change of role."""
    with login(hub, "t_kind_two", tuple(POSTS), "noinherit"):
        rows_of(hub, "grant connect on database " + _database(hub) + " to t_kind_two")
        with session(hub, "t_kind_two") as connection, connection.cursor() as cursor:
            cursor.execute("set role t_kind_figures")
            cursor.execute(
                "declare c cursor for select id_number from marts.warnings_masked order by warning_id"
            )
            cursor.execute("set role t_kind_desk")
            cursor.execute("fetch all from c")
            assert cursor.fetchall() == [("210102********1233",)] * 2
        rows_of(hub, "revoke connect on database " + _database(hub) + " from t_kind_two")


@pytest.mark.parametrize(
    ("groups", "rows"), [(("hub_app", "hub_210102"), 1), (("hub_analyst", "hub_2101"), 2)]
)
def test_one_kind_sees_its_area_as_before(hub: Settings, groups: tuple[str, ...], rows: int) -> None:
    with login(hub, "t_kind_one", groups):
        assert _rows(hub, "t_kind_one", "warnings_masked") == rows


def test_several_areas_of_one_kind_are_several_areas(hub: Settings) -> None:
    with login(hub, "t_kind_one", ("hub_app", "hub_210102", "hub_210104")):
        assert _rows(hub, "t_kind_one", "warnings") == 2


def test_status_names_them(hub: Settings) -> None:
    with (
        login(hub, "t_kind_both", tuple(POSTS)),
        login(hub, "t_kind_one", ("t_kind_desk",), "connection limit 3"),
        closing(db.connect(hub)) as connection,
        connection.cursor() as cursor,
    ):
        found = [line for line in access.findings(cursor) if "t_kind_" in line]
    assert [line.partition(",")[0] for line in found] == [
        "login t_kind_both is both hub_app and hub_analyst",
        "login t_kind_both may open any number of connections: alter role t_kind_both connection limit 20",
    ]
