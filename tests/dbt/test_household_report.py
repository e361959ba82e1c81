"""The household economic report: what each source answered about whom, told only of those who signed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg2
import pytest

from tests.support.dbt import run_dbt
from tests.support.fakes import rows_of
from tests.support.hand_made_world import T, World
from warehouse.settings import Settings

DAY = timedelta(days=1)
DADONG = "210104001001"
#: six months of the urban standard of 685 yuan for each of three
LIMIT = Decimal(6 * 685 * 3)
BANK = {"sequence_no": 1, "id_type": "resident_id", "account_type": "current", "queried_on": T}
READERS = {
    "t_report_city": ("hub_app", "hub_2101"),
    "t_report_heping": ("hub_app", "hub_210102"),
    "t_report_analyst": ("hub_analyst", "hub_2101"),
}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class People:
    head: str
    wife: str
    child: str
    rich: str
    elsewhere: str
    later: str
    ended: str
    last_day: str
    applicant: str


def _sign(w: World, household: str, person: str, **values: Any) -> None:
    w.cases += 1
    given = {
        "scope": "all",
        "authorised_from": T - 100 * DAY,
        "check_due_on": T,
        "full_name": "张三",
        **values,
    }
    w.add(
        "platform__authorisation",
        authorisation_id=f"A{w.cases}",
        household_id=household,
        id_number=person,
        **given,
    )


def _deposit(w: World, person: str, bank: str = "icbc", **values: Any) -> None:
    w.cases += 1
    w.add(
        f"finance__{bank}",
        request_id=f"R{w.cases}",
        id_number=person,
        full_name="张三",
        **{**BANK, "answer": "found", "account_no": f"N{w.cases}", **values},
    )


def _world() -> tuple[World, People, list[tuple[str, str, str]]]:
    """Rows, people, and whom the query-reply feeds were asked about (feed, person, status)."""
    w = World()
    p = People(*(w.person() for _ in range(9)))
    for person in (p.head, p.wife, p.child):
        w.benefit("dibao", person, household_id="F1", standard_class="urban")
    _sign(w, "F1", p.head)
    _sign(w, "F1", p.wife, scope="government_only")
    for person, household, values in (
        (p.rich, "F2", {"check_due_on": T}),
        (p.elsewhere, "F3", {}),
        (p.later, "F4", {"check_due_on": T + DAY}),
        (p.ended, "F5", {"authorised_until": T - DAY}),
        (p.last_day, "F6", {"authorised_until": T}),
    ):
        region: dict[str, Any] = {"region_code": DADONG} if person == p.elsewhere else {}
        w.benefit("dibao", person, household_id=household, standard_class="urban", **region)
        _sign(w, household, person, **values)
    w.add(
        "platform__application",
        application_id="AP1",
        matter="dibao",
        household_id="F7",
        id_number=p.applicant,
        full_name="张三",
        status="open",
        region_code="210102001001",
    )
    _sign(w, "F7", p.applicant, check_due_on=None)

    # the family F1 holds exactly what it may; a debt is no means
    _deposit(w, p.head, balance=LIMIT, large_debits_half_year=Decimal("8220.01"))
    _deposit(w, p.head, account_type="loan", balance=90_000)
    _deposit(w, p.wife, balance=70_000)
    _deposit(w, p.rich, balance=Decimal("4110.01"))
    _deposit(w, p.rich, "boc", balance=1, queried_on=T - 90 * DAY)
    _deposit(w, p.last_day, balance=9_999, queried_on=T - 91 * DAY)
    _deposit(w, p.applicant, balance=5)
    w.add(
        "public_security__vehicle",
        id_number=p.head,
        full_name="李四",
        plate_no="A1",
        plate_type="small_car",
        state="normal",
        answer="found",
        request_id="-",
    )
    for person, base in ((p.head, "1810.00"), (p.wife, "1810.01")):
        w.add(
            "provident_fund__provincial_branch",
            id_number=person,
            full_name="张三",
            account_no=f"P{person}",
            contribution_base=Decimal(base),
            account_status="normal",
        )
    w.add("public_security__death_cancellation", id_number=w.person(), full_name="某", death_date=T)
    for unit, share, use in (("U1", "0.5", "dwelling"), ("U2", "0.49", "dwelling"), ("U3", "1", "shop")):
        w.add(
            "housing__real_estate_title",
            id_number=p.rich,
            owner_name="张三",
            title_no=f"T{unit}",
            unit_no=unit,
            owner_share=Decimal(share),
            dwelling_use=use,
            title_status="current",
            answer="found",
            request_id="-",
        )
    for person, wage in ((p.rich, "685.00"), (p.elsewhere, "685.01")):
        w.add(
            "social_security__employment_register",
            record_no=f"E{person}",
            id_number=person,
            full_name="张三",
            employed_on=T,
            monthly_wage=Decimal(wage),
        )
    asked = [
        ("finance__icbc", p.head, "answered"),
        ("finance__icbc", p.last_day, "answered"),
        ("finance__boc", p.head, "none"),
        ("finance__icbc", p.rich, "answered"),
        ("finance__boc", p.rich, "answered"),
        ("housing__real_estate_title", p.rich, "answered"),
        ("finance__boc", p.last_day, "no_answer"),
    ]
    return w, p, asked


@pytest.fixture(scope="module")
def reported(hub_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, People]]:
    world, people, asked = _world()
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
        with connection, connection.cursor() as cursor:
            for number, (feed, person, status) in enumerate(asked):
                cursor.execute(
                    "insert into ops.query_requests values ('r', %s, %s, %s, %s, %s)",
                    (feed, T, number, person, status),
                )
            for role, groups in READERS.items():
                cursor.execute(
                    f"create role {role}; grant {', '.join(groups)} to {role}; grant {role} to current_user"
                )
    target = tmp_path_factory.mktemp("dbt target")
    for command in (["seed"], ["run", "-s", "+fct_household_report"]):
        run_dbt(hub_db, target, *command, "--vars", f"{{as_of: '{T}'}}")
    yield hub_db, people
    rows_of(hub_db, "drop owned by " + ", ".join(READERS))
    rows_of(hub_db, "drop role " + ", ".join(READERS))


def ask(settings: Settings, reader: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with (
        closing(psycopg2.connect(settings.database_url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"set role {reader}")
        cursor.execute(statement, values)
        return cursor.fetchall()


def results(settings: Settings, household: str) -> dict[tuple[str | None, str, str], set[str]]:
    """(person, feed or '', item) -> results."""
    found: dict[tuple[str | None, str, str], set[str]] = {}
    for person, feed, item, result in rows_of(
        settings,
        "select id_number, coalesce(feed_id, ''), item, result from core.fct_household_report "
        f"where household_id = '{household}'",
    ):
        found.setdefault((person, feed, item), set()).add(result)
    return found


def test_each_source_of_each_member_says_what_it_answered(reported: tuple[Settings, People]) -> None:
    settings, p = reported
    family = results(settings, "F1")
    assert len({(feed, item) for person, feed, item in family if person == p.child}) == 51
    assert family[p.head, "public_security__vehicle", "vehicle"] == {"against"}
    assert family[p.head, "finance__icbc", "deposit"] == {"noted"}
    assert family[p.head, "finance__boc", "deposit"] == {"none"}
    assert family[p.head, "finance__abc", "deposit"] == {"not_answered"}  # never delivered
    assert family[p.head, "public_security__death_cancellation", "death"] == {"none"}
    assert family[p.head, "public_security__prison", "custody"] == {"not_answered"}
    assert family[p.head, "public_security__household_register", "register"] == {"fine"}
    assert family[p.head, "provident_fund__provincial_branch", "provident_fund"] == {"fine"}
    assert family[p.wife, "provident_fund__provincial_branch", "provident_fund"] == {"against"}
    assert family[p.head, "", "large_debits"] == {"against"}
    # exactly at the limit, and somebody has not answered
    assert family[None, "", "family_means"] == {"incomplete"}


def test_nothing_is_told_of_what_was_not_signed_for(reported: tuple[Settings, People]) -> None:
    settings, p = reported
    family = results(settings, "F1")
    assert family[p.wife, "finance__icbc", "deposit"] == {"not_authorised"}
    child = {result for (person, _, _), seen in family.items() if person == p.child for result in seen}
    assert child == {"not_authorised"}
    assert not rows_of(
        settings,
        "select 1 from core.fct_household_report where result in ('not_authorised', 'not_answered') "
        "and (value is not null or amount is not null or replied_on is not null or row_no is not null)",
    )


def test_a_family_is_compared_as_a_whole(reported: tuple[Settings, People]) -> None:
    settings, p = reported
    rich = results(settings, "F2")
    assert rich[None, "", "family_means"] == {"against"}  # a hundredth above, and 90 days old still counts
    assert rich[None, "", "family_dwellings"] == {"fine"}  # one of a half, one of less
    assert rich[p.rich, "housing__real_estate_title", "property"] == {"fine", "against"}
    assert rich[None, "", "income_per_head"] == {
        "incomplete"
    }  # exactly the standard, but no word on pensions
    assert results(settings, "F3")[None, "", "income_per_head"] == {"against"}
    old = results(settings, "F6")
    assert old[p.last_day, "finance__icbc", "deposit"] == {"out_of_date"}
    assert old[p.last_day, "finance__boc", "deposit"] == {"not_answered"}
    assert old[None, "", "family_means"] == {"incomplete"}


def test_a_line_names_value_reply_threshold_and_row(reported: tuple[Settings, People]) -> None:
    settings, p = reported
    assert rows_of(
        settings,
        "select amount, threshold, replied_on, source_zh, row_no from core.fct_household_report "
        f"where id_number = '{p.wife}' and item = 'provident_fund' and result = 'against'",
    ) == [(Decimal("1810.01"), Decimal("1810.00"), T, "住房公积金省直分中心", 2)]
    assert rows_of(
        settings,
        "select amount, threshold from core.fct_household_report "
        "where household_id = 'F1' and item = 'family_means'",
    ) == [(LIMIT, LIMIT)]
    [(vehicle,)] = rows_of(
        settings,
        "select names_agree from core.fct_household_report where item = 'vehicle' and result = 'against'",
    )
    assert vehicle is False


def test_only_families_that_signed_and_are_due_are_in_the_mart(reported: tuple[Settings, People]) -> None:
    settings, _ = reported
    assert rows_of(settings, "select distinct household_id from core.fct_household_report order by 1") == [
        ("F1",),
        ("F2",),
        ("F3",),
        ("F6",),
    ]


def test_intake_says_now_what_the_mart_says(reported: tuple[Settings, People]) -> None:
    settings, _ = reported
    columns = (
        "household_id, id_number, full_name, rank, feed_id, source_zh, item, item_zh, value, amount, "
        "fact_date, replied_on, threshold, result, names_agree, batch_id, row_no"
    )
    for household in ("F1", "F2", "F3", "F6"):
        mart = ask(
            settings,
            "t_report_city",
            f"select {columns} from marts.household_report where household_id = %s",
            household,
        )
        now = ask(
            settings,
            "t_report_city",
            f"select {columns} from marts.household_report_of(%s, 'case 7')",
            household,
        )
        assert sorted(map(str, now)) == sorted(map(str, mart))
    # one that is not due yet, and one that applies, are answered as well
    for household in ("F4", "F7"):
        assert ask(settings, "t_report_city", "select marts.household_report_of(%s, 'case 7')", household)


def test_people_at_the_desk_are_checked_as_one_family(reported: tuple[Settings, People]) -> None:
    settings, p = reported
    lines = ask(
        settings,
        "t_report_heping",
        "select id_number, item, result, amount from marts.check_people(%s, 'application AP1')",
        [p.applicant.lower(), p.child, p.elsewhere],
    )
    assert (p.applicant, "deposit", "noted", Decimal("5.00")) in lines
    # one has not signed, the other lives in another district: of both only that is told
    for person in (p.child, p.elsewhere):
        assert {(result, amount) for who, _, result, amount in lines if who == person} == {
            ("not_authorised", None)
        }
    assert [(item, result) for who, item, result, _ in lines if who is None and item == "family_means"] == [
        ("family_means", "incomplete")
    ]


@pytest.mark.parametrize(
    ("reader", "household"),
    [
        ("t_report_city", "F5"),  # ended yesterday
        ("t_report_city", "unheard of"),
        ("t_report_heping", "F3"),  # in another district
    ],
)
def test_a_refusal_does_not_say_what_there_is(
    reported: tuple[Settings, People], reader: str, household: str
) -> None:
    settings, _ = reported
    with pytest.raises(
        psycopg2.errors.InsufficientPrivilege, match="no open authorisation for this household"
    ):
        ask(settings, reader, "select * from marts.household_report_of(%s, 'x')", household)


def test_a_reason_is_asked_for_and_kept(reported: tuple[Settings, People]) -> None:
    settings, p = reported
    too_many = "array(select n::text from generate_series(1, 51) as n)"
    for call in (
        "select * from marts.household_report_of('F1', ' ')",
        "select * from marts.check_people(array[]::text[], 'x')",
        f"select * from marts.check_people({too_many}, 'x')",
    ):
        with pytest.raises(psycopg2.errors.InvalidParameterValue):
            ask(settings, "t_report_city", call)
    before = rows_of(settings, "select count(*) from ops.report_reads")[0][0]
    lines = ask(settings, "t_report_heping", "select * from marts.household_report_of('F1', 'case 12')")
    [kept] = rows_of(
        settings,
        "select reader, purpose, household_id, cardinality(person_ids), lines, "
        f"core.person_key('{p.wife}') = any(person_ids) from ops.report_reads order by read_id desc limit 1",
    )
    assert kept == ("t_report_heping", "case 12", "F1", 3, len(lines), True)
    assert rows_of(settings, "select count(*) from ops.report_reads")[0][0] == before + 1
    assert not rows_of(settings, "select 1 from ops.report_reads as r where r::text ~ '[0-9]{17}[0-9X]'")
    for change in ("update ops.report_reads set purpose = 'other'", "delete from ops.report_reads"):
        with pytest.raises(psycopg2.errors.RaiseException, match="record of who read what"):
            rows_of(settings, change)


def test_an_analyst_counts_results_and_sees_no_one(reported: tuple[Settings, People]) -> None:
    settings, p = reported
    rows = ask(
        settings, "t_report_analyst", "select * from marts.household_report_masked where household_id = 'F1'"
    )
    assert rows
    assert p.head not in str(rows)
    assert str(LIMIT) not in str([row for row in rows if row[8] != "family_means"])
    for statement in (
        "select * from marts.household_report",
        "select * from ops.household_report_rows()",
        "select * from marts.household_report_of('F1', 'x')",
        "select * from core.fct_source_fact",
        "select * from marts.check_people(array['1'], 'x')",
        "select * from ops.report_reads",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(settings, "t_report_analyst", statement)
    for statement in (
        "select core.report_lines('[]')",
        "select ops.read_report('[]', 'F1', 'x')",
        "select ops.report_members('F1', '{}')",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(settings, "t_report_city", statement)


def test_the_day_is_the_days_of_the_build(reported: tuple[Settings, People]) -> None:
    settings, _ = reported
    assert rows_of(settings, "select distinct as_of from core.fct_household_report") == [(date(2020, 5, 12),)]
