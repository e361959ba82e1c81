"""The dead, by number and by what else is known."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.dbt.cases.expected import DAY, Expected, report_death
from tests.support.hand_made_world import T, World, id_number


def death(w: World, e: Expected) -> None:
    def expect(person: str, enrolments: list[str], confidence: str = "confirmed") -> None:
        e.warn("death", person, "death", "dead", confidence)
        for enrolment in enrolments:
            e.hit("dead", person, enrolment, confidence)

    both = w.person()
    report_death(w, both, date(2019, 12, 20))
    report_death(w, both, date(2019, 12, 20), funeral=True)
    dibao = w.benefit("dibao", both)
    expect(both, [dibao, w.benefit("old_age", both)])
    for number, (month, result) in enumerate(((0, "paid"), (1, "paid"), (2, "returned"), (3, "paid"))):
        w.add("platform__payment_result", payment_id=f"P{number}", benefit_type="dibao", id_number=both,
              pay_month=date(2020, month, 1) if month else date(2019, 12, 1), result=result,
              case_id=dibao.split(":")[1])  # fmt: skip
    on_the_day = w.person()
    report_death(w, on_the_day, T)
    expect(on_the_day, [w.benefit("disability_care", on_the_day)])
    funeral_only = w.person()
    report_death(w, funeral_only, T - DAY, funeral=True)
    expect(funeral_only, [w.benefit("orphan", funeral_only, school_until=date(2030, 1, 1))])
    other_name = w.person()
    report_death(w, other_name, T - DAY, name="李四")
    expect(other_name, [w.benefit("tekun", other_name)], "suspected")
    rare = w.person()
    report_death(w, rare, T - DAY, name="张?", funeral=True)
    expect(rare, [w.benefit("low_income", rare, name="张䶮")])
    rare_longer = w.person()
    report_death(w, rare_longer, T - DAY, name="张?三")
    expect(rare_longer, [w.benefit("low_income", rare_longer, name="张䶮")], "suspected")
    both_damaged = w.person()
    report_death(w, both_damaged, T - DAY, name="?二·三")
    expect(both_damaged, [w.benefit("low_income", both_damaged, name="一\ue863·三")])
    # decoys: dies tomorrow; benefit stopped before, and on the day; suspended; not begun; born after the
    # death; a notice the police withdrew; the namesake with another number
    tomorrow, stopped, stopped_today, suspended, future, unborn, withdrawn, namesake = (
        w.person() for _ in range(8)
    )
    report_death(w, tomorrow, T + DAY)
    w.benefit("dibao", tomorrow)
    for person, values in (
        (stopped, {"stop_date": T - 30 * DAY, "status": "stopped"}),
        (stopped_today, {"stop_date": T}),
        (suspended, {"status": "suspended"}),
        (future, {"start_date": T + DAY}),
    ):
        report_death(w, person, T - 10 * DAY)
        w.benefit("dibao", person, **values)
    report_death(w, unborn, date(1960, 1, 1))
    w.benefit("dibao", unborn)
    report_death(w, withdrawn, T - 9 * DAY, as_of=T - 5 * DAY, updated_at="2020-05-06")
    report_death(w, withdrawn, T - 9 * DAY, operation="delete", updated_at="2020-05-10")
    w.benefit("dibao", withdrawn)
    report_death(w, w.person(), T - 9 * DAY)
    w.benefit("dibao", namesake)
    # a stop date tomorrow still runs today
    last_day = w.person()
    report_death(w, last_day, T - DAY)
    expect(last_day, [w.benefit("dibao", last_day, stop_date=T + DAY)])


def linked_death(w: World, e: Expected) -> None:
    """Dead without a number: never more than suspected, and only where one recipient is clearly meant."""
    born, home, other_home = date(1941, 3, 7), "210105005003", "210181109213"

    def dead(
        name: str, birth: date | None, region: str | None, day: date = T - 20 * DAY, **values: Any
    ) -> None:
        w.cases += 1
        given = {"sex": "female", "id_number": None, "death_date": day, "cremated_on": day + DAY, **values}
        w.add("civil_affairs__cremation", cremation_no=f"HW{w.cases}", full_name=name, birth_date=birth,
              region_code=region, **given)  # fmt: skip

    def living(name: str, benefit: str = "dibao", region: str = home, birth: date = born) -> tuple[str, str]:
        w.people += 2 - w.people % 2  # an even order number: a woman
        person = id_number(birth, w.people)
        return person, w.benefit(benefit, person, name=name, region_code=region)

    def expect(person: str, *enrolments: str) -> None:
        e.warn("death", person, "linked_death", "linked", "suspected")
        for enrolment in enrolments:
            e.hit("dead", person, enrolment, "suspected")

    # all agrees; a character lost; the home not said; the day before; day for month; only the year; a typo
    for name, written, birth, region in (
        ("尉迟春雷", "尉迟春雷", born, home),
        ("诸葛䶮雷", "诸葛?雷", born, home),
        ("尉迟夏雷", "尉迟夏雷", born, None),
        ("尉迟秋雷", "尉迟秋雷", born - DAY, home),
        ("尉迟冬雷", "尉迟冬雷", date(1941, 7, 3), home),
        ("尉迟晨雷", "尉迟晨雷", date(1941, 1, 1), home),
        ("尉迟晚雷", "尉迟晚磊", born, home),
    ):
        person, enrolment = living(name)
        dead(written, birth, region)
        expect(person, enrolment)
    # dies today, in two benefits
    person, enrolment = living("上官一鸣")
    dead("上官一鸣", born, home, day=T)
    expect(person, enrolment, w.benefit("low_income", person, name="上官一鸣", region_code=home))
    # decoys: tomorrow; another birth date elsewhere; the same birth date and name, but another sex far away;
    # only the name; a withdrawn row; named by number as well (that is no suspicion)
    for name, told, region, values in (
        ("上官二鸣", born, home, {"day": T + DAY}),
        ("上官三鸣", date(1950, 9, 21), other_home, {}),
        ("上官四鸣", born, other_home, {"sex": "male"}),
        ("上官五鸣", None, None, {}),
        ("上官六鸣", born, home, {"operation": "delete"}),
    ):
        living(name)
        dead(name, told, region, **values)
    person, enrolment = living("上官七鸣")
    report_death(w, person, T - 20 * DAY, name="上官七鸣")
    dead("上官七鸣", born, home)
    e.warn("death", person, "death", "dead")
    e.hit("dead", person, enrolment)
    # two recipients as like the dead as each other: nobody can say which
    living("上官八鸣"), living("上官八鸣")
    dead("上官八鸣", born, home)
    dead("尉迟?雷", born, home)
    # a malformed number never gets here: decode sets the row aside; a benefit that ended is none
    person = w.person(born)
    w.benefit("dibao", person, name="上官九鸣", region_code=home, stop_date=T)
    dead("上官九鸣", born, home)
