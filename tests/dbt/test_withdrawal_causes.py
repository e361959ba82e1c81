"""Why warnings end, from the departments' rows to what is published: three days of a hand-made world."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from typing import Any

import psycopg2
import pytest

from connectors.catalogue import load_feed
from tests.histories.build import Dbt
from tests.support.fakes import rows_of
from tests.support.hand_made_world import T, World
from warehouse.publication.publish import publish
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
SECOND, THIRD = T + DAY, T + 2 * DAY
DEATHS = "public_security__death_cancellation"
DIBAO, TEKUN = "civil_affairs__dibao", "civil_affairs__tekun"
PRISON, VEHICLES, BANK = "public_security__prison", "public_security__vehicle", "finance__icbc"
TASKS = "platform__application"
Row = dict[str, Any]


class Days:
    """What the departments say, day by day. A delta repeats only what ``later`` names; a snapshot or a reply
    says everything again but what is ``missing``."""

    def __init__(self) -> None:
        self.world = World()
        self.rows = self.world.rows
        self.people: dict[str, str] = {}

    def person(self, name: str, birth: date = date(1970, 6, 15)) -> str:
        return self.people.setdefault(name, self.world.person(birth))

    def benefit(self, name: str, kind: str = "dibao", **values: Any) -> str:
        given = {"household_id": f"H {name}"} if kind == "dibao" else {}
        person = self.people.get(name) or self.person(name)
        return self.world.benefit(kind, person, **{**given, **values}).split(":")[1]

    def later(self, table: str, day: date, column: str, value: Any, **changes: Any) -> None:
        [row] = [r for r in self.rows[table, T] if r[column] == value]
        self.rows[table, day].append({**row, "updated_at": f"{day} 08:00:00", **changes})

    def again(
        self, table: str, day: date, changes: dict[str, Row], missing: tuple[str, ...] = (), **told: Any
    ) -> None:
        """The rows of the day before, by person."""
        names = {number: name for name, number in self.people.items()}
        for row in self.rows[table, day - DAY]:
            name = names[row["id_number"]]
            if name not in missing:
                self.rows[table, day].append({**row, **told, **changes.get(name, {})})

    def load(self, settings: Settings, day: date) -> None:
        one_day = World(rows={key: rows for key, rows in self.rows.items() if key[1] == day})
        with closing(psycopg2.connect(settings.database_url)) as connection:
            one_day.load(connection)
        columns = ", ".join(c.name for c in load_feed(PRISON).tables[0].columns)
        # as the loader takes it: a row that says the same has the same one
        rows_of(settings, f"update raw.{PRISON} set row_digest = md5(row({columns})::text)::uuid")


def first_day() -> Days:
    d = Days()
    for name in ("stopped", "stopped and retracted", "retracted", "corrected", "back again"):
        d.world.add(DEATHS, id_number=d.person(name), full_name="张三", death_date=T - 9 * DAY)
        d.benefit(name)
    for name, end in (("in prison", None), ("out of the file", None), ("released", None), ("term over", T),
                      ("moved, then term over", T + DAY)):  # fmt: skip
        d.benefit(name)
        d.world.add(PRISON, id_number=d.person(name), full_name="张三", sentence_start=T - 400 * DAY,
                    sentence_end=end, prison="一监")  # fmt: skip
    d.benefit("two benefits")
    d.benefit("two benefits", "tekun")
    # turns 18 the day after tomorrow
    d.person("nearly 18", date(2002, 5, 14))
    d.benefit("nearly 18", monthly_amount=600)
    for name in ("sold", "no more", "not asked", "still there"):
        d.benefit(name)
        d.world.add(VEHICLES, request_id="Q1", id_number=d.person(name), plate_no=f"辽{name}",
                    full_name="张三", plate_type="small_car", state="normal", answer="found")  # fmt: skip
    d.benefit("family grows", relation_to_head="本人", standard_class="urban")
    for account in ("****1", "****2"):
        d.world.add(BANK, request_id="Q1", sequence_no=1, account_no=account, full_name="张三",
                    id_number=d.person("family grows"), balance=3000, answer="found", queried_on=T,
                    id_type="resident_id")  # fmt: skip
    for task in ("done", "withdrawn"):
        d.world.add(TASKS, application_id=task, matter="dibao", id_number=d.person(task), status="open",
                    current_level="street", accepted_on=date(2020, 3, 1))  # fmt: skip
    return d


def second_day(d: Days) -> None:
    stopped = {"status": "stopped", "stop_date": SECOND}
    for name in ("stopped", "stopped and retracted"):
        d.later(DIBAO, SECOND, "household_id", f"H {name}", **stopped)
    d.later(DIBAO, SECOND, "household_id", "H two benefits", **stopped)
    d.later(DIBAO, SECOND, "household_id", "H nearly 18", monthly_amount=700)
    for name in ("stopped and retracted", "retracted", "back again"):
        d.later(DEATHS, SECOND, "id_number", d.people[name], operation="delete")
    d.later(DEATHS, SECOND, "id_number", d.people["corrected"], death_date=T + 30 * DAY)
    d.again(PRISON, SECOND, {"released": {"released_on": T}, "moved, then term over": {"prison": "二监"}},
            missing=("out of the file",))  # fmt: skip
    none = {"plate_no": None, "answer": "none"}
    d.again(VEHICLES, SECOND, {"sold": {"state": "transferred_out"}, "no more": none},
            missing=("not asked",), request_id="Q2")  # fmt: skip
    d.again(BANK, SECOND, {}, request_id="Q2", sequence_no=7, queried_on=SECOND)
    d.world.add(DIBAO, SECOND, id_number=d.person("newborn"), household_id="H family grows", member_id="new",
                relation_to_head="子", standard_class="urban", status="active")  # fmt: skip
    d.later(TASKS, SECOND, "application_id", "done", status="approved", decided_on=SECOND)
    d.later(TASKS, SECOND, "application_id", "withdrawn", operation="delete")


def third_day(d: Days) -> None:
    d.again(PRISON, THIRD, {})
    [row] = [r for r in d.rows[DEATHS, SECOND] if r["id_number"] == d.people["back again"]]
    d.rows[DEATHS, THIRD].append({**row, "operation": "insert", "updated_at": f"{THIRD} 08:00:00"})


@pytest.fixture(scope="module")
def lived(hub_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Days]:
    dbt = Dbt(tmp_path_factory.mktemp("dbt causes"), hub_db)
    dbt.seed(hub_db)
    days = first_day()
    second_day(days)
    third_day(days)
    for day in (T, SECOND, THIRD):
        days.load(hub_db, day)
        if day == SECOND:
            _ask(hub_db, days, day, ["sold", "no more", "still there"])
        dbt.build_stale(hub_db, day)
        publish(day, hub_db)
    return hub_db, days


def _ask(settings: Settings, days: Days, day: date, names: list[str]) -> None:
    for number, name in enumerate(names, start=1):
        rows_of(settings, "insert into ops.query_requests values ('Q2', %s, %s, %s, %s, %s)", VEHICLES, day,
                number, days.people[name], "none" if name == "no more" else "answered")  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "name", "day", "cause"),
    [
        ("death", "stopped", SECOND, "benefit_ended"),
        ("death", "stopped and retracted", SECOND, "benefit_ended"),
        ("death", "retracted", SECOND, "source_withdrew"),
        ("death", "corrected", SECOND, "source_changed"),
        ("imprisoned", "out of the file", SECOND, "source_withdrew"),
        ("imprisoned", "released", SECOND, "source_changed"),
        # the snapshot says the same in a batch of the day
        ("imprisoned", "term over", SECOND, "condition_ended"),
        # what had changed the day before was no cause then
        ("imprisoned", "moved, then term over", THIRD, "condition_ended"),
        ("age_band", "nearly 18", THIRD, "condition_ended"),
        ("duplicate_benefit", "two benefits", SECOND, "benefit_ended"),
        ("vehicle", "sold", SECOND, "source_changed"),
        ("vehicle", "no more", SECOND, "source_withdrew"),
        # nobody was asked, nobody took anything back
        ("vehicle", "not asked", SECOND, "condition_ended"),
        # every reply has numbers of its own
        ("financial_asset", "family grows", SECOND, "condition_ended"),
        ("overdue_task", "done", SECOND, "condition_ended"),
        ("overdue_task", "withdrawn", SECOND, "source_withdrew"),
    ],
)
def test_each_cause(lived: tuple[Settings, Days], rule: str, name: str, day: date, cause: str) -> None:
    settings, days = lived
    assert rows_of(
        settings,
        "select w.withdrawn_cause, w.resolved_on, w.resolution = c.resolution_zh, e.details ->> 'cause' "
        "from marts.warnings as w inner join ops.withdrawal_causes as c on c.cause = w.withdrawn_cause "
        "inner join marts.warning_events as e on e.warning_id = w.warning_id and e.event_type = 'withdrawn' "
        "where w.rule_id = %s and w.id_number = %s",
        rule,
        days.people[name],
    ) == [(cause, day, True, cause)]


@pytest.mark.parametrize(("rule", "name"), [("imprisoned", "in prison"), ("vehicle", "still there")])
def test_what_goes_on_has_none(lived: tuple[Settings, Days], rule: str, name: str) -> None:
    settings, days = lived
    query = "select status, withdrawn_cause from marts.warnings where rule_id = %s and id_number = %s"
    assert rows_of(settings, query, rule, days.people[name]) == [("open", None)]


def test_what_comes_back_has_none_any_more(lived: tuple[Settings, Days]) -> None:
    settings, days = lived
    steps = rows_of(
        settings,
        "select e.event_type, e.details ->> 'cause', w.withdrawn_cause, w.resolution "
        "from marts.warnings as w inner join marts.warning_events as e using (warning_id) "
        "where w.rule_id = 'death' and w.id_number = %s order by e.event_seq",
        days.people["back again"],
    )
    assert steps == [
        ("opened", None, None, None),
        ("withdrawn", "source_withdrew", None, None),
        ("reopened", None, None, None),
    ]
