"""Analysts read the core tables through masked views, each of the own area; nobody reads what is private."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.dbt.test_floors import public
from tests.support.dbt import parse, query, run_dbt
from tests.support.hand_made_world import T, World
from tests.warehouse.security.logins import login, session
from warehouse.settings import Settings

HEPING, DADONG = "210102003001", "210104001001"
LOGINS = {
    "t_core_city": ("hub_analyst", "hub_2101"),
    "t_core_heping": ("hub_analyst", "hub_210102"),
    "t_core_nowhere": ("hub_analyst",),
    "t_core_app": ("hub_app", "hub_2101"),
    "t_core_both": ("hub_analyst", "hub_2101", "hub_app"),
}
#: Every floor but rules and marts, which analysts do not read.
BUILT = (
    "dim_person", "dim_person_name", "dim_household", "dim_household_member", "dim_organisation",
    "dim_division", "fct_enrolment", "fct_payment", "fct_entitlement", "fct_event", "fct_care_home_claim",
)  # fmt: skip

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Built:
    settings: Settings
    target: Path
    heping: str
    dadong: str
    nowhere: str


@pytest.fixture(scope="module")
def built(hub_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    world = World()
    heping, dadong, nowhere = (world.person() for _ in range(3))
    for person, region in ((heping, HEPING), (dadong, DADONG)):
        enrolment = world.benefit("dibao", person, "张三丰", household_id=f"F{region}", region_code=region)
        world.add(
            "platform__payment_result",
            payment_id=f"P{region}", benefit_type="dibao", case_id=enrolment.split(":")[1], id_number=person,
            pay_month=T.replace(day=1), amount=100, result="paid",
        )  # fmt: skip
    # a resident of a home, whom no case places anywhere
    world.add("civil_affairs__elder_care__stay", stay_id="S1", id_number=nowhere, full_name="李四")
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
    target = tmp_path_factory.mktemp("target")
    _build(hub_db, target, "build", "--indirect-selection", "empty", "--exclude-resource-type", "unit_test")
    with _logins(hub_db):
        yield Built(hub_db, target, heping, dadong, nowhere)


def _build(settings: Settings, target: Path, *command: str) -> None:
    run_dbt(
        settings, target, *command, "--vars", f"{{as_of: '{T}'}}",
        "--select", *(f"+{name}" for name in BUILT),
    )  # fmt: skip


@contextmanager
def _logins(settings: Settings) -> Iterator[None]:
    with (
        login(settings, "t_core_city", LOGINS["t_core_city"]),
        login(settings, "t_core_heping", LOGINS["t_core_heping"]),
        login(settings, "t_core_nowhere", LOGINS["t_core_nowhere"]),
        login(settings, "t_core_app", LOGINS["t_core_app"]),
        login(settings, "t_core_both", LOGINS["t_core_both"]),
    ):
        yield


def ask(built: Built, who: str, statement: str) -> set[tuple[Any, ...]]:
    with session(built.settings, who) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return set(cursor.fetchall())


def test_an_analyst_sees_no_number_no_name_and_no_birthday(built: Built) -> None:
    shown = ask(
        built, "t_core_heping", "select id_number, full_name, birth_date::text from core.dim_person_masked"
    )
    mask = built.heping[:6] + "********" + built.heping[-4:]
    assert shown == {(mask, "张**", "1970-01-01")}
    for table in ("dim_person_alias", "dim_person_name", "fct_enrolment"):
        rows = ask(built, "t_core_city", f"select t::text from core.{table}_masked as t")
        assert rows
        assert [word for word in (built.heping, built.dadong, "张三丰") if word in str(rows)] == [], table


def test_a_district_does_not_see_another(built: Built) -> None:
    """Tables that name no region show the rows of the people, or of the cases, that the district has."""
    counts = {
        "dim_person": (1, 3), "dim_person_alias": (1, 3), "dim_person_name": (1, 3), "dim_household": (1, 2),
        "dim_household_member": (1, 2), "fct_enrolment": (1, 2), "fct_payment": (1, 2),
    }  # fmt: skip
    for table, (district, city) in counts.items():
        statement = f"select count(*) from core.{table}_masked"
        assert ask(built, "t_core_heping", statement) == {(district,)}, table
        assert ask(built, "t_core_city", statement) == {(city,)}, table
        assert ask(built, "t_core_nowhere", statement) == {(0,)}, table
    whose = (
        "select e.region_code from core.fct_entitlement_masked as d "
        "inner join core.fct_enrolment_masked as e using (enrolment_id)"
    )
    assert ask(built, "t_core_heping", whose) == {(HEPING,)}
    assert ask(built, "t_core_city", whose) == {(HEPING,), (DADONG,)}
    assert ask(built, "t_core_nowhere", "select count(*) > 2000 from core.dim_division_masked") == {(True,)}


def test_the_masked_columns_are_those_of_the_table(built: Built) -> None:
    columns = (
        "select replace(c.relname, '_masked', ''), a.attname::text, a.attnum from pg_attribute as a "
        "join pg_class as c on c.oid = a.attrelid where c.relnamespace = 'core'::regnamespace "
        "and a.attnum > 0 and c.relkind = '{}' and replace(c.relname, '_masked', '') = any(array{})"
    )
    names = [*BUILT, "dim_person_alias", "fct_care_home_claim_line"]
    views = query(built.settings, columns.format("v", names))
    assert {name for name, _, _ in views} == set(names)
    assert views == query(built.settings, columns.format("r", names))


@pytest.mark.parametrize(
    "statement",
    [
        "select person_id from core.dim_person",
        "select id_number from core.fct_enrolment",
        "select 1 from work.int_enrolment",
        "select 1 from staging.stg_civil_affairs__dibao",
        "select core.person_key('x')",
        "select core.masked_dim_person()",
    ],
)
def test_the_rest_is_closed(built: Built, statement: str) -> None:
    """Applications read the marts and nothing here; a table itself is for nobody, masked or not."""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(built, "t_core_app", statement)
    if "masked_" not in statement:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(built, "t_core_city", statement)


def test_a_login_of_both_kinds_sees_nothing(built: Built) -> None:
    assert ask(built, "t_core_both", "select count(*) from core.dim_person_masked") == {(0,)}


def test_a_build_takes_nothing_away_from_who_reads(built: Built) -> None:
    """The view stays the same object and is always there: nothing of it hangs on the table that goes."""
    views = (
        "select relname::text, oid, relacl::text from pg_class "
        "where relnamespace = 'core'::regnamespace and relkind = 'v' and relname like '%_masked'"
    )
    tables = "select oid from pg_class where oid = 'core.dim_person'::regclass"
    before, table = query(built.settings, views), query(built.settings, tables)
    rows = ask(built, "t_core_city", "select * from core.dim_person_masked")
    with session(built.settings, "t_core_city", autocommit=True) as reader, reader.cursor() as cursor:
        cursor.execute("prepare mine as select count(*) from core.dim_person_masked")
        _build(built.settings, built.target, "run")
        cursor.execute("execute mine")
        assert cursor.fetchall() == [(3,)]
    assert query(built.settings, tables) != table
    assert query(built.settings, views) == before
    assert ask(built, "t_core_city", "select * from core.dim_person_masked") == rows


def test_every_table_about_people_hides_who_they_are(tmp_path: Path) -> None:
    """A new public column with a number or a name is marked, or the view would show it."""
    manifest = parse(tmp_path)
    models = {k: n for k, n in manifest["nodes"].items() if n["resource_type"] == "model"}
    shown = [m for m in public(models) if m["config"]["meta"].get("analysts")]
    assert {m["name"] for m in shown} == {*BUILT, "dim_person_alias", "fct_care_home_claim_line"}
    for model in shown:
        for column in model["columns"].values():
            marked = column["config"]["meta"].get("sensitive")
            kind = {"id_number": "identity", "full_name": "name", "birth_date": "birth"}.get(column["name"])
            assert marked == kind, (model["name"], column["name"])
            assert "身份证号" not in column["description"] or marked == "identity", column["name"]
