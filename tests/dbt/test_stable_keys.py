"""Keys of people and of warnings, while numbers are changed by registries and by certificates."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import psycopg2
import pytest

from tests.support.dbt import query, run_dbt
from tests.support.hand_made_world import T, World
from warehouse.settings import Settings

DAYS = [T - timedelta(days=k) for k in (3, 2, 1, 0)]
pytestmark = pytest.mark.slow


class Days(World):
    """A world that is told day by day."""

    def case(self, *told: tuple[int, str, str]) -> None:
        """One case of tekun: on which of the days (from 1) it was written under which number and name."""
        self.cases += 1
        for place, (day, number, name) in enumerate(told):
            self.add("civil_affairs__tekun", as_of=DAYS[day - 1], case_id=f"N{self.cases}", id_number=number,
                     full_name=name, start_date=date(2019, 1, 1), status="active",
                     region_code="210102001001", updated_at=f"{DAYS[day - 1]} 08:00:00",
                     operation="update" if place else "insert")  # fmt: skip

    def certificate(self, day: int, issued_under: str, holder: str) -> None:
        self.add("disabled_federation__disability_certificate", as_of=DAYS[day - 1],
                 certificate_no=f"{issued_under}41", id_number=holder, full_name="张三",
                 disability_class="physical", disability_level="level_1", issued_on=date(2015, 1, 1),
                 certificate_status="valid", updated_at=f"{DAYS[day - 1]} 09:00:00")  # fmt: skip

    def dead(self, number: str) -> None:
        self.add("public_security__death_cancellation", as_of=DAYS[0], id_number=number, full_name="张三",
                 death_date=T - timedelta(days=9), cancelled_on=T - timedelta(days=5))  # fmt: skip


@dataclass
class Lived:
    """By day (from 1): number -> key of the person; (number, warning) of the deaths."""

    keys: list[dict[str, str]] = field(default_factory=list)
    deaths: list[dict[str, str]] = field(default_factory=list)
    rebuilt: dict[str, tuple[set[tuple[object, ...]], set[tuple[object, ...]]]] = field(default_factory=dict)


def _people() -> tuple[Days, list[str]]:
    world = Days()
    return world, [world.person() for _ in range(25)]


def _world() -> tuple[Days, list[str]]:
    w, n = _people()
    w.case((1, n[0], "张三"), (2, n[1], "张三"), (3, n[2], "张三"))  # renumbered twice
    w.dead(n[0])
    # known by 4; the certificate tells of 3 from the first day on, and follows the case late
    w.certificate(1, n[3], n[4])
    w.case((1, n[4], "张三"), (2, n[5], "张三"))
    w.certificate(3, n[3], n[5])
    w.dead(n[3])
    # known by 6; a certificate is the first to name 7
    w.case((1, n[6], "张三"), (3, n[7], "张三"))
    w.certificate(2, n[6], n[7])
    w.dead(n[6])
    # another person turns up under 8, and on the last day under 10
    w.case((1, n[8], "张三"), (2, n[9], "张三"))
    w.case((3, n[8], "李四"))
    w.dead(n[8])
    w.case((1, n[10], "张三"), (2, n[11], "张三"), (3, n[12], "张三"))
    w.case((4, n[10], "李四"))
    # a slip put right the next day, and a case of another registry that changes later
    w.case((1, n[13], "张三"), (2, n[14], "张三"), (3, n[13], "张三"))
    w.case((1, n[15], "张三"), (2, n[16], "张三"))
    w.case((1, n[15], "张三"), (4, n[16], "张三"))
    # three words, each about another case
    w.case((1, n[17], "张三"), (2, n[18], "张三"))
    w.certificate(3, n[18], n[19])
    # renumbered first and renamed afterwards, and then renumbered under the new name
    w.case((1, n[20], "张三"), (2, n[21], "张三"), (3, n[21], "王五"))
    w.dead(n[20])
    w.case((1, n[22], "张三"), (2, n[23], "张三"), (3, n[23], "王五"), (4, n[24], "王五"))
    return w, n


def _rows(settings: Settings) -> dict[str, set[tuple[object, ...]]]:
    return {
        table: query(settings, f"select t::text from {table} as t")
        for table in (
            "core.dim_person",
            "core.dim_person_alias",
            "candidate.warnings",
            "candidate.cross_check_hits",
        )
    }


@pytest.fixture(scope="module")
def lived(hub_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Lived]:
    world, numbers = _world()
    with closing(psycopg2.connect(hub_db.database_url)) as connection:
        world.load(connection)
    target: Path = tmp_path_factory.mktemp("dbt target")
    run_dbt(hub_db, target, "seed")
    lived = Lived()
    for day in DAYS:
        run_dbt(hub_db, target, "run", "--vars", f"{{as_of: '{day}'}}")
        lived.keys.append(dict(query(hub_db, "select id_number, person_id from core.dim_person")))
        deaths = query(hub_db, "select id_number, warning_id from candidate.warnings where rule_id = 'death'")
        lived.deaths.append(dict(deaths))
    before = _rows(hub_db)
    run_dbt(hub_db, target, "run", "--full-refresh", "--vars", f"{{as_of: '{DAYS[-1]}'}}")
    lived.rebuilt = {table: (before[table], rows) for table, rows in _rows(hub_db).items()}
    return numbers, lived


@pytest.mark.parametrize(
    "by_day",
    [
        (0, 1, 2, 2),
        (4, 5, 5, 5),
        (6, 7, 7, 7),
        (13, 14, 13, 13),
        (15, 16, 16, 16),
        (17, 18, 19, 19),
        (20, 21, 21, 21),
        (22, 23, 23, 24),
    ],
)
def test_a_person_keeps_the_key_whatever_the_number(
    lived: tuple[list[str], Lived], by_day: tuple[int, ...]
) -> None:
    numbers, told = lived
    keys = [told.keys[day][numbers[which]] for day, which in enumerate(by_day)]
    assert len(set(keys)) == 1
    for day, which in enumerate(by_day):  # and is there once
        others = {numbers[k] for k in by_day} - {numbers[which]}
        assert not others & set(told.keys[day])


@pytest.mark.parametrize("by_day", [(0, 1, 2, 2), (4, 5, 5, 5), (6, 7, 7, 7), (20, 21, 21, 21)])
def test_a_warning_keeps_its_id(lived: tuple[list[str], Lived], by_day: tuple[int, ...]) -> None:
    numbers, told = lived
    by_case = (6, 6, 7, 7) if by_day[0] == 6 else by_day  # the warning bears the number of the case
    assert len({told.deaths[day][numbers[which]] for day, which in enumerate(by_case)}) == 1


def test_a_number_that_turns_out_to_be_anothers_takes_its_key_along(lived: tuple[list[str], Lived]) -> None:
    """Two people cannot share a key: who holds the number has it, the other one that of the next number."""
    numbers, told = lived
    first = told.keys[0][numbers[8]]
    assert [day.get(numbers[9]) == first for day in told.keys] == [False, True, False, False]
    assert [day.get(numbers[8]) == first for day in told.keys] == [True, False, True, True]
    assert told.keys[2][numbers[9]] == told.keys[3][numbers[9]]
    # renumbered twice, and the first number is gone: the key of the second
    assert told.keys[0][numbers[10]] == told.keys[2][numbers[12]] == told.keys[3][numbers[10]]
    assert told.keys[3][numbers[12]] != told.keys[3][numbers[10]]


def test_nobody_is_laid_at_the_door_of_whoever_had_the_number_by_mistake(
    lived: tuple[list[str], Lived],
) -> None:
    numbers, told = lived
    assert numbers[9] in told.deaths[1]
    assert numbers[9] not in told.deaths[2]


def test_a_rebuild_from_scratch_says_the_same(lived: tuple[list[str], Lived]) -> None:
    _, told = lived
    assert len(told.rebuilt["candidate.warnings"][0]) > 3
    for table, (before, after) in told.rebuilt.items():
        assert before == after, table
