"""Rights of applications and of analysts do not add up in one login."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.support.candidates import hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from tests.warehouse.security.logins import login, session
from warehouse.publication.publish import publish
from warehouse.settings import Settings
from warehouse.store import access
from warehouse.store.connect import connect
from warehouse.store.postgres import server

DADONG = "210104001001"
BOTH = ("hub_app", "hub_210102", "hub_analyst", "hub_2101")
TABLES = (
    "warnings",
    "cross_check_hits",
    "unanswered",
    "warning_events",
    "kept_rows",
    "warning_counts",
    "warnings_masked",
    "cross_check_hits_masked",
    "unanswered_masked",
)
#: Roles a bureau makes for its posts.
POSTS = {"t_kind_desk": "hub_app, hub_210102", "t_kind_figures": "hub_analyst, hub_2101"}
#: What dbt would have built: a line of each district.
_REPORT = f"""
    create table core.fct_household_report as
    select 'H' || d as household_id, d as region_code, 'dibao' as benefit_type,
        '210102196001011233' as id_number,
        '张三丰' as full_name, 1 as rank, 'f' as feed_id, 's' as source_zh, 'i' as item, 'i' as item_zh,
        'v' as value, 1::numeric as amount, date '2020-05-01' as fact_date, date '2020-05-01' as replied_on,
        1::numeric as threshold, 'fine' as result, true as names_agree, 'b' as batch_id, 1::bigint as row_no,
        date '2020-05-12' as as_of
    from unnest(array['210102003001', '{DADONG}']) as d
"""


@pytest.fixture(scope="module")
def hub(hub_db: Settings) -> Iterator[Settings]:
    put(
        hub_db,
        [warning("w1"), warning("w2", region_code=DADONG)],
        [hit("h1"), hit("h2", region_code=DADONG)],
        [unanswered("p1"), unanswered("p2", region_code=DADONG)],
    )
    publish(DAY, hub_db)
    rows_of(hub_db, _REPORT)
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


@contextmanager
def _two_posts(settings: Settings) -> Iterator[None]:
    """A login that inherits nothing, so it must be let in by name."""
    database = server.info(settings).database
    with login(settings, "t_kind_two", tuple(POSTS), "noinherit"):
        rows_of(settings, f"grant connect on database {database} to t_kind_two")
        try:
            yield
        finally:
            rows_of(settings, f"revoke connect on database {database} from t_kind_two")


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
            for shown in ("household_report", "warnings_as_of(1)", "warnings_masked_as_of(1)"):
                cursor.execute(f"select count(*) from marts.{shown}")
                assert cursor.fetchall() == [(0,)]
            with pytest.raises(psycopg2.errors.NoDataFound, match="no such warning in your area"):
                cursor.execute("select * from marts.take_step('w1', 'acknowledge', 'wang')")


@pytest.mark.parametrize("role", BOTH)
def test_nor_by_taking_one_of_its_roles(hub: Settings, role: str) -> None:
    with login(hub, "t_kind_both", BOTH):
        assert {_rows(hub, "t_kind_both", t, f"set role {role}") for t in TABLES} <= {0, "refused"}


def test_who_inherits_nothing_says_which_post_it_works_in(hub: Settings) -> None:
    with _two_posts(hub):
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


@pytest.mark.parametrize(
    ("opened", "fetched", "statement"),
    [
        ("desk", "figures", "select id_number from marts.warnings"),
        ("desk", "figures", "select full_name from marts.cross_check_hits"),
        ("desk", "figures", "select identity::text from marts.kept_rows"),
        ("desk", "figures", "select full_name from marts.warnings_as_of(1)"),
        ("desk", "figures", "select id_number from marts.household_report"),
        ("desk", "figures", "select warning_id from marts.take_step('w2', 'acknowledge', 'wang')"),
        ("desk", "figures", "select warning_id from marts.take_step('w1', 'acknowledge', 'wang')"),
        ("figures", "desk", "select id_number from marts.warnings_masked"),
    ],
)
def test_a_cursor_does_not_carry_rights_from_one_post_to_the_other(
    hub: Settings, opened: str, fetched: str, statement: str
) -> None:
    """Rights are looked at when it is opened, the role when it is fetched."""
    with _two_posts(hub), session(hub, "t_kind_two") as connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                f"set role t_kind_{opened}; declare c cursor for {statement}; set role t_kind_{fetched}"
            )
            cursor.execute("fetch all from c")
        except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.NoDataFound):
            return
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("groups", "masked", "plain"),
    [
        (("hub_app", "hub_210102"), 1, 1),
        (("hub_analyst", "hub_2101"), 2, "refused"),
        (("hub_app",), 0, 0),
        (("hub_analyst",), 0, "refused"),
    ],
)
def test_one_kind_sees_its_area_as_before(
    hub: Settings, groups: tuple[str, ...], masked: int, plain: object
) -> None:
    with login(hub, "t_kind_one", groups):
        for table in ("warnings_masked", "household_report_masked"):
            assert _rows(hub, "t_kind_one", table) == masked
        assert _rows(hub, "t_kind_one", "household_report") == plain


def test_several_areas_of_one_kind_are_several_areas(hub: Settings) -> None:
    with login(hub, "t_kind_one", ("hub_app", "hub_210102", "hub_210104")):
        assert _rows(hub, "t_kind_one", "warnings") == 2


def test_status_names_them(hub: Settings) -> None:
    with (
        login(hub, "t_kind_both", tuple(POSTS)),
        login(hub, "t_kind_one", ("t_kind_desk",), "connection limit 3"),
        closing(connect(hub)) as connection,
        connection.cursor() as cursor,
    ):
        found = [line for line in access.findings(cursor) if "t_kind_" in line]
    assert [line.partition(",")[0] for line in found] == [
        "login t_kind_both is both hub_app and hub_analyst",
        "login t_kind_both may open any number of connections: alter role t_kind_both connection limit 20",
    ]
