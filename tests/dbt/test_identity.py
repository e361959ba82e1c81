"""One person with two numbers, one number of two people: who is who, and what is laid at whose door."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg2
import pytest

from tests.support.dbt import query, run_dbt
from tests.support.hand_made_world import T, World
from warehouse.settings import Settings

DAY = timedelta(days=1)
YESTERDAY = T - DAY

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class People:
    """Old and present number of each: renumbered, twice renumbered, and so on."""

    renumbered: tuple[str, str]
    twice: tuple[str, str, str]
    slip: tuple[str, str]
    renamed: tuple[str, str]
    certified: tuple[str, str]
    plain: str


def _dead(w: World, number: str, name: str = "张三", as_of: date = T) -> None:
    w.add("public_security__death_cancellation", as_of=as_of, id_number=number, full_name=name,
          death_date=T - 5 * DAY, cancelled_on=T - 2 * DAY)  # fmt: skip


def _renumber(w: World, kind: str, numbers: tuple[str, ...], name: str = "张三", **values: str) -> None:
    """One case, written under one number after the other; only the last day's batch has the last."""
    w.cases += 1
    table, key = {"tekun": ("civil_affairs__tekun", "case_id"), "old_age": (
        "civil_affairs__elder_care__old_age_allowance", "case_id")}[kind]  # fmt: skip
    for place, number in enumerate(numbers):
        last = place == len(numbers) - 1
        w.add(table, as_of=T if last else YESTERDAY, **{key: f"N{w.cases}"}, id_number=number,
              full_name=values.get("last_name", name) if last else name, start_date=date(2019, 1, 1),
              status="active", region_code="210102001001", updated_at=f"2020-05-{10 + place:02d} 08:00:00",
              operation="update" if place else "insert")  # fmt: skip
    for number in numbers:
        w.alive(number)


def _world() -> tuple[World, People]:
    w = World()
    born = date(1950, 6, 15)
    n = [w.person(born if i % 2 else date(1951, 6, 15)) for i in range(12)]
    p = People((n[0], n[1]), (n[2], n[3], n[4]), (n[5], n[6]), (n[7], n[8]), (n[9], n[10]), n[11])
    _renumber(w, "tekun", p.renumbered)
    _dead(w, p.renumbered[0], as_of=YESTERDAY)
    _renumber(w, "tekun", p.twice)
    w.add("public_security__prison", id_number=p.twice[0], full_name="张三", sentence_start=T - 9 * DAY,
          sentence_end=T + 900 * DAY)  # fmt: skip
    w.benefit("dibao", p.twice[1])  # the same person draws another benefit under the number in between
    # the old number is somebody else's, says the register: it was a slip, and he is not dead
    _renumber(w, "tekun", p.slip)
    w.register(p.slip[0], "李四")
    _dead(w, p.slip[0], "李四")
    # number and name changed at once: another person took the case over
    _renumber(w, "tekun", p.renamed, last_name="王五")
    _dead(w, p.renamed[0])
    w.benefit("tekun", p.certified[1])
    w.add("disabled_federation__disability_certificate", certificate_no=f"{p.certified[0]}41",
          id_number=p.certified[1], full_name="张三", disability_class="physical", disability_level="level_1",
          issued_on=date(2018, 1, 1), certificate_status="valid")  # fmt: skip
    _dead(w, p.certified[0])
    w.benefit("tekun", p.plain)
    _dead(w, p.plain)
    return w, p


@pytest.fixture(scope="module")
def two_days(
    hub_db: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, People, dict[str, str]]:
    """The database after both days, and the warning of the first day by number."""
    world, people = _world()
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
    target = tmp_path_factory.mktemp("dbt target")
    run_dbt(hub_db, target, "seed")
    run_dbt(hub_db, target, "run", "--vars", f"{{as_of: '{YESTERDAY}'}}")
    first = dict(
        query(hub_db, "select id_number, warning_id from candidate.warnings where rule_id = 'death'")
    )
    run_dbt(hub_db, target, "run", "--vars", f"{{as_of: '{T}'}}")
    return hub_db, people, first


def warnings(settings: Settings, rule: str) -> dict[str, str]:
    """ID number -> confidence."""
    return dict(
        query(settings, f"select id_number, confidence from candidate.warnings where rule_id = '{rule}'")
    )


def test_a_fact_under_an_earlier_number_is_suspected_of_the_same_person(
    two_days: tuple[Settings, People, dict[str, str]],
) -> None:
    settings, p, _ = two_days
    assert warnings(settings, "death") == {
        p.renumbered[1]: "suspected",
        p.certified[1]: "suspected",
        p.plain: "confirmed",
    }
    assert warnings(settings, "imprisoned") == {p.twice[1]: "suspected"}
    assert set(warnings(settings, "duplicate_benefit").values()) == {"suspected"}


def test_the_evidence_says_that_another_number_was_used(
    two_days: tuple[Settings, People, dict[str, str]],
) -> None:
    settings, p, _ = two_days
    found = query(
        settings,
        "select id_number, coalesce(piece ->> 'found_by', '') from candidate.warnings, "
        "jsonb_array_elements(evidence) as piece where rule_id = 'death' and piece ->> 'role' = 'fact'",
    )
    assert found == {(p.renumbered[1], "another_number"), (p.certified[1], "another_number"), (p.plain, "")}


def test_key_and_warning_outlive_the_change_of_number(
    two_days: tuple[Settings, People, dict[str, str]],
) -> None:
    settings, p, first = two_days
    assert set(first) == {p.renumbered[0]}
    assert query(
        settings,
        "select warning_id from candidate.warnings "
        f"where rule_id = 'death' and id_number = '{p.renumbered[1]}'",
    ) == {(first[p.renumbered[0]],)}
    keys = query(
        settings,
        f"select person_id = core.person_key('{p.twice[0]}') from core.dim_person_alias "
        f"where id_number in {p.twice}",
    )
    assert keys == {(True,)}


def test_every_number_of_a_person_is_kept_with_its_reason(
    two_days: tuple[Settings, People, dict[str, str]],
) -> None:
    settings, p, _ = two_days
    known = query(settings, "select id_number, reason from core.dim_person_alias where reason <> 'current'")
    assert known == {
        (p.renumbered[0], "renumbered_case"),
        (p.twice[0], "renumbered_case"),
        (p.twice[1], "renumbered_case"),
        (p.certified[0], "certificate"),
    }
    traced = query(
        settings,
        "select count(*) from core.dim_person_alias as a inner join raw.civil_affairs__tekun as r "
        "on r.batch_id::text = a.batch_id and r.row_no = a.row_no and r.id_number = a.id_number",
    )
    assert traced == {(3,)}
    assert query(settings, "select old_number from work.int_number_change where belongs_to_another") == {
        (p.slip[0],)
    }


def test_a_person_with_two_numbers_is_there_once(two_days: tuple[Settings, People, dict[str, str]]) -> None:
    settings, p, _ = two_days
    numbers = {n for (n,) in query(settings, "select id_number from core.dim_person")}
    assert {p.renumbered[1], p.twice[2], p.certified[1], p.slip[1], p.renamed[1]} <= numbers
    assert not {p.renumbered[0], p.twice[0], p.twice[1], p.certified[0]} & numbers
