"""What each rule must find and what it must leave alone, one function per rule.

A case adds rows to the world and returns its expectations; everything not expected must not be found,
since the tests compare whole tables. Over 300 lines: one world, and every case must see its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.dbt.world import REGION, T, World, id_number

DAY = timedelta(days=1)


@dataclass
class Expected:
    """warnings: (rule, subject, event, sub-type, confidence); hits: (check, person, benefit, confidence)."""

    warnings: set[tuple[str, str, str, str, str]] = field(default_factory=set)
    hits: set[tuple[str, str, str, str]] = field(default_factory=set)
    unanswered: set[tuple[str, str]] = field(default_factory=set)

    def warn(self, rule: str, subject: str, event: str, sub_type: str, confidence: str = "confirmed") -> None:
        self.warnings.add((rule, subject, event, sub_type, confidence))

    def hit(self, check: str, person: str, enrolment: str, confidence: str = "confirmed") -> None:
        self.hits.add((check, person, enrolment, confidence))


def _dead(w: World, person: str, day: date, name: str = "张三", funeral: bool = False, **values: Any) -> None:
    if funeral:
        w.cases += 1
        w.add("civil_affairs__cremation", cremation_no=f"H{w.cases}", id_number=person, full_name=name,
              death_date=day, cremated_on=day + 3 * DAY, **values)  # fmt: skip
    else:
        w.add("public_security__death_cancellation", id_number=person, full_name=name, death_date=day,
              cancelled_on=day + 20 * DAY, **values)  # fmt: skip


def death(w: World, e: Expected) -> None:
    def expect(person: str, enrolments: list[str], confidence: str = "confirmed") -> None:
        e.warn("death", person, "death", "dead", confidence)
        for enrolment in enrolments:
            e.hit("dead", person, enrolment, confidence)

    both = w.person()
    _dead(w, both, date(2019, 12, 20))
    _dead(w, both, date(2019, 12, 20), funeral=True)
    dibao = w.benefit("dibao", both)
    expect(both, [dibao, w.benefit("old_age", both)])
    for number, (month, result) in enumerate(((0, "paid"), (1, "paid"), (2, "returned"), (3, "paid"))):
        w.add("platform__payment_result", payment_id=f"P{number}", benefit_type="dibao", id_number=both,
              pay_month=date(2020, month, 1) if month else date(2019, 12, 1), result=result,
              case_id=dibao.split(":")[1])  # fmt: skip
    on_the_day = w.person()
    _dead(w, on_the_day, T)
    expect(on_the_day, [w.benefit("disability_care", on_the_day)])
    funeral_only = w.person()
    _dead(w, funeral_only, T - DAY, funeral=True)
    expect(funeral_only, [w.benefit("orphan", funeral_only, school_until=date(2030, 1, 1))])
    other_name = w.person()
    _dead(w, other_name, T - DAY, name="李四")
    expect(other_name, [w.benefit("tekun", other_name)], "suspected")
    rare = w.person()
    _dead(w, rare, T - DAY, name="张?", funeral=True)
    expect(rare, [w.benefit("low_income", rare, name="张䶮")])
    rare_longer = w.person()
    _dead(w, rare_longer, T - DAY, name="张?三")
    expect(rare_longer, [w.benefit("low_income", rare_longer, name="张䶮")], "suspected")
    both_damaged = w.person()
    _dead(w, both_damaged, T - DAY, name="?二·三")
    expect(both_damaged, [w.benefit("low_income", both_damaged, name="一\ue863·三")])
    # decoys: dies tomorrow; benefit stopped before, and on the day; suspended; not begun; born after the
    # death; a notice the police withdrew; the namesake with another number
    tomorrow, stopped, stopped_today, suspended, future, unborn, withdrawn, namesake = (
        w.person() for _ in range(8)
    )
    _dead(w, tomorrow, T + DAY)
    w.benefit("dibao", tomorrow)
    for person, values in (
        (stopped, {"stop_date": T - 30 * DAY, "status": "stopped"}),
        (stopped_today, {"stop_date": T}),
        (suspended, {"status": "suspended"}),
        (future, {"start_date": T + DAY}),
    ):
        _dead(w, person, T - 10 * DAY)
        w.benefit("dibao", person, **values)
    _dead(w, unborn, date(1960, 1, 1))
    w.benefit("dibao", unborn)
    _dead(w, withdrawn, T - 9 * DAY, as_of=T - 5 * DAY, updated_at="2020-05-06")
    _dead(w, withdrawn, T - 9 * DAY, operation="delete", updated_at="2020-05-10")
    w.benefit("dibao", withdrawn)
    _dead(w, w.person(), T - 9 * DAY)
    w.benefit("dibao", namesake)
    # a stop date tomorrow still runs today
    last_day = w.person()
    _dead(w, last_day, T - DAY)
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
    for name, birth, region, values in (
        ("上官二鸣", born, home, {"day": T + DAY}),
        ("上官三鸣", date(1950, 9, 21), other_home, {}),
        ("上官四鸣", born, other_home, {"sex": "male"}),
        ("上官五鸣", None, None, {}),
        ("上官六鸣", born, home, {"operation": "delete"}),
    ):
        living(name)
        dead(name, birth, region, **values)
    person, enrolment = living("上官七鸣")
    _dead(w, person, T - 20 * DAY, name="上官七鸣")
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


def hukou(w: World, e: Expected) -> None:
    def expect(person: str, enrolment: str, sub_type: str, confidence: str = "confirmed") -> None:
        e.warn("hukou", person, "hukou", sub_type, confidence)
        e.hit("non_local_hukou", person, enrolment, confidence)

    def move(person: str, direction: str, day: date, to: str | None, **values: Any) -> None:
        w.add("public_security__migration", id_number=person, direction=direction, moved_on=day,
              to_district=to, **values)  # fmt: skip

    for sub_type, values in (
        ("not_found", {"register_status": "not_found", "register_district": None}),
        ("register_non_local", {"register_district": "211302000000"}),
        ("moved_out", {"register_status": "moved_out", "register_district": "110101000000"}),
    ):
        person = w.person()
        w.register(person, **values)
        expect(person, w.benefit("dibao", person), sub_type)
    other_name = w.person()
    w.register(other_name, name="王五", register_district="110101000000")
    expect(other_name, w.benefit("old_age", other_name), "register_non_local", "suspected")
    left = w.person()
    move(left, "out", T, "110101000000")
    expect(left, w.benefit("tekun", left), "moved_out")
    left_unanswered = w.person()
    move(left_unanswered, "out", T - DAY, "110101000000")
    expect(left_unanswered, w.benefit("low_income", left_unanswered, registered=False), "moved_out")
    silent = w.person()
    w.benefit("dibao", silent, registered=False)
    w.benefit("disability_living", silent, registered=False)
    e.unanswered.add((silent, "dibao"))
    # left for a place nobody names, whatever the register says; came back; leaves tomorrow; left once more
    for answered in (True, False):
        nowhere = w.person()
        move(nowhere, "out", T, None)
        expect(nowhere, w.benefit("dibao", nowhere, registered=answered), "moved_out")
    returned, tomorrow, twice = w.person(), w.person(), w.person()
    move(returned, "out", T - 40 * DAY, None)
    move(returned, "in", T - 20 * DAY, None)
    move(tomorrow, "out", T + DAY, None)
    move(twice, "in", T - 20 * DAY, "210102000000")
    move(twice, "out", T - 10 * DAY, None)
    w.benefit("dibao", returned)
    w.benefit("dibao", tomorrow)
    expect(twice, w.benefit("tekun", twice), "moved_out")
    # decoys: came back later, and on the same day; leaves tomorrow; moved inside the city; a benefit that
    # does not ask for registration; a registration corrected since
    back, back_same_day, leaves, inside, care, corrected, dead = (w.person() for _ in range(7))
    move(back, "out", T - 40 * DAY, "110101000000")
    move(back, "in", T - 20 * DAY, "210102000000")
    move(back_same_day, "in", T - 20 * DAY, "210102000000")
    move(back_same_day, "out", T - 20 * DAY, "110101000000")
    move(leaves, "out", T + DAY, "110101000000")
    move(inside, "out", T - DAY, "210181000000")
    for person in (back, back_same_day, leaves, inside):
        w.benefit("dibao", person)
    w.register(care, register_district="110101000000")
    w.benefit("disability_care", care)
    w.register(corrected, register_district="110101000000", updated_at="2020-05-01", as_of=T - 9 * DAY)
    w.register(corrected, updated_at="2020-05-02")
    w.benefit("dibao", corrected)
    # cancelled for a death: nobody reports it; under another name; reported tomorrow; reported today
    w.register(dead, register_status="cancelled_death", register_district="110101000000")
    w.benefit("dibao", dead)
    e.warn("hukou", dead, "hukou", "cancelled_death")
    for name, reported, confidence in (
        ("王五", None, "suspected"),
        ("张三", T + DAY, "confirmed"),
        ("张三", T, None),
    ):
        person = w.person()
        w.register(person, name=name, register_status="cancelled_death")
        enrolment = w.benefit("tekun", person)
        if reported:
            _dead(w, person, reported)
        if confidence:
            e.warn("hukou", person, "hukou", "cancelled_death", confidence)
        else:
            e.warn("death", person, "death", "dead")
            e.hit("dead", person, enrolment)
    gone_and_cancelled = w.person()
    w.register(gone_and_cancelled, register_status="cancelled_death")
    move(gone_and_cancelled, "out", T, "110101000000")
    expect(gone_and_cancelled, w.benefit("dibao", gone_and_cancelled), "moved_out")


def age_band(w: World, e: Expected) -> None:
    def case(kind: str, birth: date, sub_type: str | None = None, check: bool = False, **values: Any) -> None:
        person = w.person(birth)
        enrolment = w.benefit(kind, person, **values)
        if sub_type:
            e.warn("age_band", person, sub_type, sub_type)
        if check:
            e.hit("over_age", person, enrolment)

    case("orphan", date(2002, 5, 12), "orphan_18", check=True)
    case("orphan", date(2002, 5, 13))
    case("orphan", date(2000, 1, 1), "orphan_18", check=True, school_until=T - DAY)
    case("orphan", date(2000, 1, 1), school_until=T)
    case("tekun", date(2004, 5, 12), "tekun_16", check=True, person_class="minor")
    case("tekun", date(2004, 5, 13), person_class="minor")
    case("tekun", date(2000, 1, 1))
    case("dibao", date(2002, 5, 12))
    case("dibao", date(2002, 5, 13), "dibao_turns_18")
    case("dibao", date(1960, 6, 11), "dibao_turns_60")
    case("dibao", date(1960, 6, 12))
    case("low_income", date(1960, 6, 1))
    case("dibao", date(1940, 6, 1), "turns_80")
    case("low_income", date(1940, 6, 1), "turns_80")
    case("tekun", date(1940, 6, 1))
    case("old_age", date(1930, 5, 13), "turns_90")
    case("disability_care", date(1920, 6, 11), "turns_100")


def duplicate(w: World, e: Expected) -> None:
    def case(
        pair: str | None, *kinds: str, confidence: str = "confirmed", names: tuple[str, ...] = ()
    ) -> None:
        # old enough for no age warning, and at school for the orphan's sake
        person = w.person()
        extra = {"orphan": {"school_until": date(2030, 1, 1)}}
        enrolments = [
            w.benefit(kind, person, name=name, **extra.get(kind, {}))
            for kind, name in zip(kinds, names or ("张三",) * len(kinds), strict=True)
        ]
        if pair:
            sub_type = "same_benefit" if len(set(kinds)) == 1 else "exclusive_pair"
            e.warn("duplicate_benefit", person, pair, sub_type, confidence)
            for enrolment in enrolments:
                e.hit("duplicate", person, enrolment, confidence)

    for pair in (
        "dibao+tekun", "dibao+orphan", "tekun+orphan", "tekun+disability_living", "tekun+disability_care",
        "orphan+disability_living", "dibao+dibao", "tekun+tekun", "orphan+orphan", "low_income+low_income",
        "disability_living+disability_living", "disability_care+disability_care", "old_age+old_age",
    ):  # fmt: skip
        case(pair, *pair.split("+"))
    case("dibao+dibao", "dibao", "dibao", "dibao")
    case("dibao+tekun", "tekun", "dibao", confidence="suspected", names=("张三", "李四"))
    case(None, "orphan", "disability_care")
    case(None, "dibao", "disability_living", "disability_care", "old_age")
    case(None, "dibao", "low_income")
    one_after_the_other = w.person()
    w.benefit("dibao", one_after_the_other, stop_date=T)
    w.benefit("tekun", one_after_the_other, start_date=T)


def imprisoned(w: World, e: Expected) -> None:
    def case(
        event: str | None, table: str, start: date, end: date | None, released: date | None = None,
        name: str = "张三", begin: date = date(2019, 1, 1),
    ) -> None:  # fmt: skip
        person = w.person()
        enrolment = w.benefit("old_age", person, start_date=begin)
        if table == "prison":
            w.add("public_security__prison", id_number=person, full_name=name, sentence_start=start,
                  sentence_end=end, released_on=released)  # fmt: skip
        else:
            w.add("public_security__detention", id_number=person, full_name=name, custody_start=start,
                  custody_end=end)  # fmt: skip
        if event:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("imprisoned", person, f"{event}:{start.isoformat()}", event, confidence)
            e.hit("imprisoned", person, enrolment, confidence)

    far = date(2025, 1, 1)
    case("prison", "prison", T, far)
    case(None, "prison", T + DAY, far)
    case("prison", "prison", date(2018, 1, 1), T)
    case(None, "prison", date(2018, 1, 1), T - DAY)
    case("prison", "prison", date(2018, 1, 1), far, released=T)
    case(None, "prison", date(2018, 1, 1), far, released=T - DAY)
    case("prison", "prison", date(2018, 1, 1), None)
    case("prison", "prison", date(2018, 1, 2), far, name="李四")
    case(None, "prison", date(2010, 1, 1), far, released=date(2018, 1, 1), begin=date(2019, 6, 1))
    case("custody", "detention", T - 31 * DAY, None)
    case(None, "detention", T - 30 * DAY, None)
    case("custody", "detention", T - 60 * DAY, T)
    case(None, "detention", T - 60 * DAY, T - DAY)


def business_owner(w: World, e: Expected) -> None:
    def case(
        sub_type: str | None, table: str, kind: str = "dibao", name: str = "张三", **values: Any
    ) -> None:
        person = w.person()
        enrolment = w.benefit(kind, person)
        uscc = f"U{w.cases}"
        w.add(f"market_regulation__{table}", uscc=uscc, id_number=person, full_name=name,
              **{"established_on": date(2015, 1, 1), "registration_status": "active", **values})  # fmt: skip
        if sub_type:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("business_owner", person, uscc, sub_type, confidence)
            e.hit("business_owner", person, enrolment, confidence)

    case("enterprise", "enterprise", role="legal_representative")
    case("enterprise", "enterprise", role="shareholder", kind="tekun", registration_status="operating")
    case(None, "enterprise", role="officer")
    case(None, "enterprise", role="shareholder", registration_status="cancelled")
    case("individual_business", "individual_business", employee_count=2, kind="low_income")
    case("individual_business", "individual_business", name="李四")
    case("small_family_shop", "individual_business", employee_count=0)
    case(None, "individual_business", employee_count=2, kind="old_age")
    case("cooperative", "farmer_cooperative", established_on=T)
    case(None, "farmer_cooperative", established_on=T + DAY)
    case(None, "farmer_cooperative", registration_status="revoked")
    two_roles = w.person()
    e.hit("business_owner", two_roles, w.benefit("dibao", two_roles))
    e.warn("business_owner", two_roles, "U2R", "enterprise")
    for role in ("legal_representative", "shareholder"):
        w.add("market_regulation__enterprise", uscc="U2R", id_number=two_roles, role=role)


def insider_relative(w: World, e: Expected) -> None:
    def declare(person: str, staff: str, **values: Any) -> None:
        w.cases += 1
        given = {"has_approval_rights": True, "filed_on": T, "home_visit_on": T, **values}
        w.add("civil_affairs__dibao__staff_relative", record_no=f"N{w.cases}", staff_id=staff,
              relative_id_number=person, **given)  # fmt: skip

    def expect(person: str, enrolment: str, staff: str, sub_type: str, confidence: str = "confirmed") -> None:
        event = ("approval:" if sub_type == "own_approval" else "record:") + staff
        e.warn("insider_relative", person, event, sub_type, confidence)
        e.hit("insider_relative", person, enrolment, confidence)

    for values, found in (
        ({"filed_on": None}, "not_filed"),
        ({"home_visit_on": None}, "not_visited"),
        ({"home_visit_on": T + DAY}, "not_visited"),
        ({"filed_on": T + DAY}, "not_filed"),
        ({"filed_on": None, "home_visit_on": None}, "not_filed"),
        ({}, None),
        ({"filed_on": None, "has_approval_rights": False}, None),
        ({"filed_on": None, "has_approval_rights": False, "staff_position": "某社区主任"}, "not_filed"),
        ({"filed_on": None, "has_approval_rights": False, "staff_position": "街道助理"}, None),
    ):
        person = w.person()
        enrolment = w.benefit("dibao", person)
        declare(person, "S1", **values)
        if found:
            expect(person, enrolment, "S1", found)
    other_name = w.person()
    expect(other_name, w.benefit("dibao", other_name), "S1", "not_filed", "suspected")
    declare(other_name, "S1", filed_on=None, relative_name="李四")
    tekun = w.person()
    w.benefit("tekun", tekun)
    declare(tekun, "S1", filed_on=None)
    # agreed to by the relative in person; and decoys: returned, another household, another matter
    for number, (result, household, matter, found) in enumerate(
        (
            ("agreed", None, "dibao", "own_approval"),
            ("returned", None, "dibao", None),
            ("agreed", "elsewhere", "dibao", None),
            ("agreed", None, "disability_allowance", None),
        )
    ):
        person = w.person()
        enrolment = w.benefit("dibao", person, household_id=f"FI{number}")
        declare(person, f"S{number + 10}")
        w.add("platform__application", application_id=f"AI{number}", matter=matter, id_number=person,
              household_id=household or f"FI{number}", status="approved")  # fmt: skip
        w.add("platform__approval_step", application_id=f"AI{number}", step_no=1, staff_id=f"S{number + 10}",
              result=result, finished_at="2019-01-05")  # fmt: skip
        if found:
            expect(person, enrolment, f"S{number + 10}", found)
    # an application that names no household is about the applicant's: here the family of the relative
    head, relative = w.person(), w.person()
    w.benefit("dibao", head, household_id="FI9", relation_to_head="本人")
    enrolment = w.benefit("dibao", relative, household_id="FI9", relation_to_head="子")
    declare(relative, "S19")
    _apply(w, head, "AI9", "S19", status="approved")
    expect(relative, enrolment, "S19", "own_approval")
    _insider_kin(w, expect, declare)
    _insider_applicants(w, e, declare)


def _apply(w: World, person: str, number: str, agreed_by: str | None = None, **values: Any) -> None:
    given = {"matter": "dibao", "status": "open", "accepted_on": T, **values}
    w.add("platform__application", application_id=number, id_number=person, **given)
    if agreed_by:
        w.add("platform__approval_step", application_id=number, step_no=1, staff_id=agreed_by,
              result="agreed", finished_at="2019-01-05")  # fmt: skip


def _insider_applicants(w: World, e: Expected, declare: Callable[..., None]) -> None:
    """An open application, one decided, one not yet accepted: of the relative in person, of the relative's
    spouse or child, and of a relative on record who agreed to it."""
    for number, (status, day) in enumerate((("open", T), ("refused", T), ("open", T + DAY))):
        person, own, relative, approved = (w.person() for _ in range(4))
        declare(person, f"SA{number}", filed_on=None)
        _apply(w, person, f"AP{number}", status=status, accepted_on=day)
        declare(relative, f"SB{number}", home_visit_on=None)
        _apply(w, own, f"AQ{number}", status=status, accepted_on=day)
        w.add("civil_affairs__marriage", certificate_no=f"MA{number}", event_type="marriage",
              registered_on=T, husband_id_number=relative, wife_id_number=own)  # fmt: skip
        declare(approved, f"SC{number}")
        _apply(w, approved, f"AR{number}", f"SC{number}", status=status, accepted_on=day)
        if not number:
            e.warn("insider_relative", person, "record:SA0", "applicant")
            e.warn("insider_relative", own, "record:SB0", "applicant_kin")
            e.warn("insider_relative", approved, "approval:SC0", "own_approval")
    # by the household of a benefit that has ended: head and child, under another name
    own, relative = w.person(), w.person()
    for person, relation in ((own, "本人"), (relative, "子")):
        w.benefit("low_income", person, household_id="FA1", relation_to_head=relation, status="stopped")
    declare(relative, "SA8", filed_on=None, relative_name="李四")
    _apply(w, own, "AP8")
    e.warn("insider_relative", own, "record:SA8", "applicant_kin", "suspected")
    # decoys: agreed to by somebody else's relative; the relative is on the benefit, and told of there
    person, other = w.person(), w.person()
    declare(other, "SA9")
    _apply(w, person, "AP9", "SA9")
    own, relative = w.person(), w.person()
    enrolment = w.benefit("dibao", relative, last_review_on=T)
    declare(relative, "SA7", filed_on=None)
    w.add("civil_affairs__marriage", certificate_no="MA7", event_type="marriage", registered_on=T,
          husband_id_number=relative, wife_id_number=own)  # fmt: skip
    _apply(w, own, "AP7")
    e.warn("insider_relative", relative, "record:SA7", "not_filed")
    e.hit("insider_relative", relative, enrolment)
    e.warn("marriage_change", relative, f"marriage:{T}", "spouse_missing")


def _insider_kin(w: World, expect: Callable[..., None], declare: Callable[..., None]) -> None:
    """Families of a relative who is not on the benefit: who is near enough, and who is not."""
    for number, (relation, found) in enumerate((("父", True), ("妻", True), ("兄弟姐妹", False))):
        own, relative = w.person(), w.person()
        enrolment = w.benefit("dibao", own, household_id=f"FK{number}", relation_to_head="本人")
        w.benefit(
            "dibao", relative, household_id=f"FK{number}", relation_to_head=relation, status="suspended"
        )
        declare(relative, f"SK{number}", home_visit_on=None)
        if found:
            expect(own, enrolment, f"SK{number}", "kin")
    # a child is near to the spouse of the head, a parent is not
    child, spouse, parent = w.person(), w.person(), w.person()
    enrolment = w.benefit("dibao", spouse, household_id="FK9", relation_to_head="妻")
    w.benefit("dibao", parent, household_id="FK9", relation_to_head="母")
    w.benefit("dibao", child, household_id="FK9", relation_to_head="女", status="stopped")
    declare(child, "SK9", filed_on=None)
    expect(spouse, enrolment, "SK9", "kin")
    _insider_kin_in_books(w, expect, declare)
    _insider_kin_by_reissue(w, expect, declare)
    # spouses by the marriage register: married, named differently, divorced since, married tomorrow
    for number, (name, divorced, day, confidence) in enumerate(
        (
            ("张三", None, T, "confirmed"),
            ("李四", None, T - DAY, "suspected"),
            ("张三", T, T - DAY, None),
            ("张三", T + DAY, T - DAY, "confirmed"),
            ("张三", None, T + DAY, None),
        )
    ):
        own, relative = w.person(), w.person()
        # reviewed today: nothing new for the rule about marriages
        enrolment = w.benefit("dibao", own, household_id=f"FM{number}", last_review_on=T)
        w.benefit("dibao", relative, household_id=f"FM{number}", relation_to_head="其他", status="suspended")
        declare(relative, f"SM{number}", filed_on=None)
        for event, on in (("marriage", day), ("divorce", divorced)):
            if on:
                w.add("civil_affairs__marriage", certificate_no=f"M{event}{number}", event_type=event,
                      registered_on=on, husband_id_number=own, wife_id_number=relative, wife_name=name,
                      updated_at="2020-05-11")  # fmt: skip
        if confidence:
            expect(own, enrolment, f"SM{number}", "kin", confidence)


def _insider_kin_by_reissue(w: World, expect: Callable[..., None], declare: Callable[..., None]) -> None:
    """The register has only a certificate issued again; a divorce since; or a divorce before."""
    cases = ((None, None, True), (None, T, False), (T - 9 * DAY, None, False))
    for number, (before, after, found) in enumerate(cases):
        own, relative = w.person(), w.person()
        enrolment = w.benefit("dibao", own, household_id=f"FW{number}", last_review_on=T)
        w.benefit("dibao", relative, household_id=f"FW{number}", relation_to_head="其他", status="suspended")
        declare(relative, f"SW{number}", filed_on=None)
        for event, on in (("divorce", before), ("reissue", T - DAY), ("divorce", after)):
            if on:
                w.cases += 1
                w.add("civil_affairs__marriage", certificate_no=f"MW{w.cases}", event_type=event,
                      registered_on=on, husband_id_number=own, wife_id_number=relative)  # fmt: skip
        if found:
            expect(own, enrolment, f"SW{number}", "kin")


def _insider_kin_in_books(w: World, expect: Callable[..., None], declare: Callable[..., None]) -> None:
    """By the household book of the police: who is near enough to the head, in one book, today."""
    here = "210102000000"
    for number, (own_is, relative_is, values, found) in enumerate(
        (
            ("子", "户主", {}, True),
            ("户主", "母亲", {}, True),
            ("独生女", "配偶", {}, True),
            ("养子", "户主", {"full_name": "李四"}, True),
            ("户主", "继父或养父", {}, True),
            ("户主", "妻", {"register_district": "210102001000"}, True),
            ("父亲", "母亲", {}, False),
            ("户主", "兄弟", {}, False),
            ("户主", "儿媳", {}, False),
            ("子", "户主", {"household_no": None}, False),
            ("子", "户主", {"household_no": "another"}, False),
            ("子", "户主", {"register_district": "210103000000"}, False),
            ("子", "户主", {"register_status": "moved_out"}, False),
            ("子", "户主", {"register_status": "cancelled_death"}, False),
        )
    ):
        own, relative, book = w.person(), w.person(), f"HH{number}"
        w.register(own, household_no=book, relation_to_head=own_is, register_district=here)
        given = {"household_no": book, "relation_to_head": relative_is, "register_district": here, **values}
        w.register(relative, given.pop("full_name", "张三"), **given)
        enrolment = w.benefit("dibao", own, household_id=f"FB{number}", relation_to_head="本人")
        declare(relative, f"SB{number}b", filed_on=None)
        if found:
            confidence = "suspected" if "full_name" in values else "confirmed"
            expect(own, enrolment, f"SB{number}b", "kin", confidence)
    # a book of several heads holds strangers; the relative is told of in person, not as somebody's mother
    child, relative, other = w.person(), w.person(), w.person()
    for person, word in ((child, "子"), (relative, "户主"), (other, "户主")):
        w.register(person, household_no="HHC", relation_to_head=word)
    w.benefit("dibao", child, household_id="FBC")
    declare(relative, "SBC", filed_on=None)
    child, relative = w.person(), w.person()
    for person, word in ((child, "子"), (relative, "户主")):
        w.register(person, household_no="HHD", relation_to_head=word)
        enrolment = w.benefit("dibao", person, household_id=f"FBD{word}")
    declare(relative, "SBD", filed_on=None)
    expect(relative, enrolment, "SBD", "not_filed")


def disability_cert(w: World, e: Expected) -> None:
    def paper(person: str, **values: Any) -> None:
        w.cases += 1
        given = {"disability_class": "physical", "disability_level": "level_1", "certificate_status": "valid",
                 "issued_on": date(2015, 1, 1), "valid_until": date(2030, 1, 1),
                 "certificate_no": f"Z{w.cases}", **values}  # fmt: skip
        w.add("disabled_federation__disability_certificate", id_number=person, **given)

    def case(sub_type: str | None, *kinds: str, issued: str = "2015-01-01", confidence: str = "confirmed",
             papers: tuple[dict[str, Any], ...] = ({},)) -> None:  # fmt: skip
        person = w.person()
        for kind in kinds:
            w.benefit(kind, person)
        for values in papers:
            paper(person, **values)
        if sub_type:
            e.warn("disability_cert", person, f"certificate:{issued}", sub_type, confidence)

    care, living = "disability_care", "disability_living"
    for status in ("cancelled", "frozen", "expired"):
        case(status, care, papers=({"certificate_status": status},))
    case(None, care)
    case("cancelled", care, living, papers=({"certificate_status": "cancelled"},))
    case("expired", living, papers=({"valid_until": T - DAY},))
    for days, sub_type in ((0, "expiring"), (90, "expiring"), (91, None)):
        case(sub_type, living, papers=({"valid_until": T + days * DAY},))
    case(None, care, papers=({"valid_until": None},))
    case(None, care, papers=())
    case("level_changed", care, papers=({"disability_level": "level_3"},))
    case(None, care, papers=({"disability_level": "level_2"},))
    case(None, living, papers=({"disability_level": "level_4"},))
    case("level_changed", living, care, papers=({"disability_level": "level_4", "valid_until": T},))
    # an old certificate is cancelled, another is in force; or not issued yet
    old = {"certificate_status": "cancelled"}
    case(None, care, papers=(old, {"issued_on": T}))
    case("cancelled", care, papers=(old, {"issued_on": T + DAY}))
    case("level_changed", care, issued="2020-05-01",
         papers=(old, {"issued_on": date(2020, 5, 1), "disability_level": "level_3"}))  # fmt: skip
    case("expiring", care, papers=({"valid_until": T}, {"issued_on": T, "certificate_status": "frozen"}))
    case("cancelled", care, confidence="suspected", papers=({**old, "full_name": "李四"},))
    case(None, "dibao", papers=(old,))
    _certificates_of_others(w, e, paper)


def _certificates_of_others(w: World, e: Expected, paper: Callable[..., None]) -> None:
    """The allowance names a certificate: whose, by its number and by what the federation holds."""
    here, other = "certificate:not_own", "李四"

    def drawn(number: str, *kinds: str, found: str | None, person: str | None = None, **values: Any) -> str:
        person = person or w.person()
        for kind in kinds or ("disability_care",):
            w.benefit(kind, person, certificate_no=number.replace("own", person), **values)
        if found:
            e.warn("disability_cert", person, here, "not_own_certificate", found)
        return person

    for status in ("cancelled", "frozen", "valid"):
        stranger = w.person()
        paper(stranger, certificate_no=f"{stranger}41", certificate_status=status, full_name=other)
        drawn(f"{stranger}41", found="confirmed")
    # living and care on one; issued again; a namesake holds it; the federation does not know it
    stranger = w.person()
    paper(stranger, certificate_no=f"{stranger}41B2", full_name="李四")
    drawn(f"{stranger}41", "disability_living", "disability_care", found="confirmed")
    drawn(f"{stranger}41B1", found="confirmed")
    namesake = w.person()
    paper(namesake, certificate_no=f"{namesake}41")
    drawn(f"{namesake}41", found="suspected")
    drawn(f"{w.person()}41", found="confirmed")
    # held by the federation for another, though nobody can read that from it
    paper(w.person(), certificate_no="Z-other", full_name="李四")
    drawn("Z-other", found="confirmed")
    # the own one: nothing known of it, known, issued again, the federation's word only; none; unreadable
    drawn("own41", found=None)
    for held, named in (("41", "41"), ("41B1", "41"), ("41", "41B3")):
        person = drawn(f"own{named}", found=None)
        paper(person, certificate_no=f"{person}{held}")
    paper(drawn("Z-mine", found=None), certificate_no="Z-mine")
    drawn("", found=None)
    drawn("Z-unheard-of", found=None)
    # stopped, or not an allowance that hangs on a certificate
    drawn(f"{stranger}41", found=None, status="stopped")
    # the own certificate is cancelled as well: two things are told
    person = drawn(f"{stranger}41", found="confirmed")
    paper(person, certificate_status="cancelled", certificate_no=f"{person}41")
    e.warn("disability_cert", person, "certificate:2015-01-01", "cancelled")


def marriage_change(w: World, e: Expected) -> None:
    def certificate(husband: str, wife: str, event: str, day: date, **values: Any) -> None:
        w.cases += 1
        w.add("civil_affairs__marriage", certificate_no=f"MC{w.cases}", event_type=event, registered_on=day,
              husband_id_number=husband, wife_id_number=wife, **values)  # fmt: skip

    def member(kind: str = "dibao", **values: Any) -> str:
        w.cases += 1
        person = w.person()
        given = {"household_id": f"FC{w.cases}", "relation_to_head": "本人", **values}
        if kind == "dibao":
            given = {"last_review_on": date(2020, 3, 1), **given}
        w.benefit(kind, person, **given)
        return person

    for event, day, sub_type in (
        ("marriage", date(2020, 3, 2), "married"),
        ("marriage", T, "married"),
        ("divorce", date(2020, 3, 2), "divorced"),
        ("annulment", date(2020, 3, 2), "annulled"),
        ("marriage", date(2020, 3, 1), "spouse_missing"),
        ("divorce", date(2020, 3, 1), None),
        ("reissue", date(2020, 3, 2), None),
        ("marriage", T + DAY, None),
    ):
        person = member()
        certificate(person, w.person(), event, day)
        if sub_type:
            e.warn("marriage_change", person, f"{event}:{day}", sub_type)
    # a wife; another name; a benefit without reviews; one that does not ask; a review still to come
    wife, renamed, poor, disabled, planned = (
        member(), member(), member("low_income"), w.person(), member(last_review_on=T + DAY)
    )  # fmt: skip
    w.benefit("tekun", disabled)
    for number, person in enumerate((renamed, poor, disabled, planned)):
        certificate(person, w.person(), "marriage", date(2019, 1, 2 + number) if number else T - DAY,
                    husband_name="张三" if number else "李四")  # fmt: skip
    certificate(w.person(), wife, "divorce", T)
    e.warn("marriage_change", wife, f"divorce:{T}", "divorced")
    e.warn("marriage_change", renamed, f"marriage:{T - DAY}", "married", "suspected")
    e.warn("marriage_change", poor, "marriage:2019-01-03", "married")
    e.warn("marriage_change", planned, "marriage:2019-01-05", "married")
    # a couple in one family; the spouse receives nothing, and married again elsewhere
    one, other, third = member(household_id="FC-one"), w.person(), w.person()
    w.benefit("dibao", other, household_id="FC-one", relation_to_head="配偶", status="suspended")
    certificate(one, other, "marriage", date(2000, 1, 1))
    certificate(third, other, "marriage", T - DAY)
    e.warn("marriage_change", one, f"spouse_marriage:{T - DAY}", "spouse_event")
    _couples_of_reissues(w, e, member, certificate)
    # the spouse has died, or dies tomorrow
    for day, missing in ((T, False), (T + DAY, True)):
        widow, spouse = member(), w.person()
        certificate(spouse, widow, "marriage", date(2000, 1, 1))
        _dead(w, spouse, day, funeral=True)
        if missing:
            e.warn("marriage_change", widow, "marriage:2000-01-01", "spouse_missing")


def _couples_of_reissues(
    w: World, e: Expected, member: Callable[..., str], certificate: Callable[..., None]
) -> None:
    # only a certificate issued again says that they are a couple: the first of two; the family names one
    for number, named in enumerate((False, True)):
        person, spouse = member(household_id=f"FRI{number}"), w.person()
        if named:
            w.benefit(
                "dibao", spouse, household_id=f"FRI{number}", relation_to_head="配偶", status="suspended"
            )
        certificate(person, spouse, "reissue", date(2019, 5, 1))
        certificate(person, spouse, "reissue", date(2020, 1, 1))
        if not named:
            e.warn("marriage_change", person, "reissue:2019-05-01", "spouse_missing")
    # issued again after a wedding or a divorce that is on record: nothing new
    for event, day, missing in (("marriage", date(2000, 1, 1), True), ("divorce", date(2000, 1, 1), False)):
        person, spouse = member(), w.person()
        certificate(person, spouse, event, day)
        certificate(person, spouse, "reissue", date(2019, 5, 1))
        if missing:
            e.warn("marriage_change", person, f"marriage:{day}", "spouse_missing")


def income_change(w: World, e: Expected) -> None:
    review = date(2020, 3, 1)

    def member(kind: str = "dibao") -> str:
        person = w.person()
        w.benefit(kind, person, **({"last_review_on": review} if kind == "dibao" else {}))
        return person

    def case(table: str, event: str, sub_type: str | None, kind: str = "dibao", name: str = "张三",
             **values: Any) -> None:  # fmt: skip
        person = member(kind)
        w.add(f"social_security__{table}", id_number=person, full_name=name, **values)
        if sub_type:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("income_change", person, event, sub_type, confidence)

    for number, (kind, name, begun, ended, found) in enumerate(
        (
            ("dibao", "张三", review + DAY, None, True),
            ("dibao", "张三", review, None, False),
            ("dibao", "张三", T, T + DAY, True),
            ("dibao", "张三", T + DAY, None, False),
            ("dibao", "张三", review + DAY, T, False),
            ("dibao", "李四", T, None, True),
            ("low_income", "张三", date(2019, 1, 2), None, True),
            ("low_income", "张三", date(2019, 1, 1), None, False),
            ("tekun", "张三", T, None, False),
        )
    ):
        record = f"JE{number}"
        case("employment_register", f"employment:{record}", "employed" if found else None, kind, name,
             record_no=record, employed_on=begun, ended_on=ended)  # fmt: skip
    for number, (status, month, found) in enumerate(
        (
            ("retired", date(2020, 4, 1), True),
            ("retired", date(2020, 3, 1), False),
            ("retired", date(2020, 6, 1), False),
            ("suspended", date(2020, 4, 1), False),
        )
    ):
        case("employee_pension", f"pension:{month}", "pension_started" if found else None,
             person_no=f"PN{number}", insurance_status=status, pension_start_month=month)  # fmt: skip
    for begun, ended, found in (
        (date(2020, 4, 1), None, True),
        (date(2020, 4, 1), date(2020, 5, 1), True),
        (date(2020, 4, 1), date(2020, 4, 1), False),
        (date(2020, 3, 1), None, False),
        (date(2020, 6, 1), None, False),
    ):
        case("unemployment_insurance", f"unemployment:{begun}", "unemployment_benefit" if found else None,
             benefit_start_month=begun, benefit_end_month=ended)  # fmt: skip
    case("public_payroll", "public_payroll", "state_paid")
    case("public_payroll", "public_payroll", "state_paid", "low_income", "李四")
    case("public_payroll", "public_payroll", None, "old_age")
    # insured on 30 per cent more or less than the wage, and a fen further; no wage; no insurance paid
    for number, (wage, base, status, found) in enumerate(
        (
            (2000, "2600.00", "paying", False),
            (2000, "2600.01", "paying", True),
            (2000, "1400.00", "paying", False),
            (2000, "1399.99", "paying", True),
            (None, "9000", "paying", False),
            (2000, None, "paying", False),
            (2000, "9000", "suspended", False),
        )
    ):
        person = member()
        w.add("social_security__employment_register", id_number=person, record_no=f"JG{number}",
              employed_on=date(2018, 1, 1), monthly_wage=wage)  # fmt: skip
        w.add("social_security__employee_pension", id_number=person, person_no=f"PG{number}",
              insurance_status=status, contribution_base=base)  # fmt: skip
        if found:
            e.warn("income_change", person, f"wage_gap:JG{number}", "wage_gap")
    # two registers, each under a name of its own: one that bears the member's is enough
    for number, (at_work, insured, confidence) in enumerate(
        (("张三", "李四", "confirmed"), ("李四", "张三", "confirmed"), ("李四", "王五", "suspected"))
    ):
        person = member()
        w.add("social_security__employment_register", id_number=person, full_name=at_work,
              record_no=f"JN{number}", employed_on=date(2018, 1, 1), monthly_wage=2000)  # fmt: skip
        w.add("social_security__employee_pension", id_number=person, full_name=insured,
              person_no=f"PK{number}", insurance_status="paying", contribution_base=3000)  # fmt: skip
        e.warn("income_change", person, f"wage_gap:JN{number}", "wage_gap", confidence)


def means(w: World, e: Expected) -> None:
    """Vehicles, homes, fund accounts, savings: each family lives alone but for the two that share."""

    def family(kind: str = "dibao", household: str | None = None, **values: Any) -> str:
        person = w.person()
        w.cases += 1
        given = {"household_id": household or f"M{w.cases}", "relation_to_head": "本人",
                 "standard_class": "urban", **values} if kind != "tekun" else values  # fmt: skip
        w.benefit(kind, person, **given)
        return person

    def answered(feed: str, person: str, **values: Any) -> None:
        name = {"owner_name" if feed.startswith("housing__real") else "full_name": values.pop("name", "张三")}
        w.add(feed, id_number=person, answer="found", **name, **values)

    _vehicles(family, answered, e)
    _homes(w, family, answered, e)
    for person, feed, base, found in (
        (family(), "city_centre", 1810, False),
        (family(), "city_centre", 1810.01, True),
        (family("low_income"), "city_centre", 5000, True),
        (family("tekun"), "city_centre", 5000, False),
    ):
        answered(f"provident_fund__{feed}", person, account_no=f"A{w.people}", contribution_base=base,
                 account_status="normal")  # fmt: skip
        if found:
            e.warn("provident_fund", person, "fund_base", "base_above_minimum_wage")
    _savings(w, family, answered, e)


def _vehicles(family: Callable[..., str], answered: Callable[..., None], e: Expected) -> None:
    digest = "bf3ed431148c"  # of the plate 辽A1
    for kind, plate_type, state, review, name, sub_type in (
        ("dibao", "small_car", "normal", T - DAY, "张三", "car"),
        ("dibao", "small_car", "normal", T, "张三", None),
        ("dibao", "new_energy_large", "normal", None, "李四", "large_vehicle"),
        ("dibao", "motorcycle", "normal", None, "张三", None),
        ("dibao", "small_car", "transferred_out", None, "张三", None),
        ("low_income", "small_car", "normal", None, "张三", "car"),
        ("tekun", "large_car", "normal", None, "张三", "large_vehicle"),
    ):
        reviewed = {"last_review_on": review} if kind == "dibao" else {}
        person = family(kind, **reviewed)
        answered("public_security__vehicle", person, plate_no="辽A1", plate_type=plate_type, state=state,
                 name=name)  # fmt: skip
        if sub_type:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("vehicle", person, f"vehicle:{digest}", sub_type, confidence)


def _homes(w: World, family: Callable[..., str], answered: Callable[..., None], e: Expected) -> None:
    feed, whole = "housing__real_estate_title", {"title_status": "current", "dwelling_use": "dwelling"}

    def title(person: str, unit: str, share: float = 1, **values: Any) -> None:
        answered(feed, person, title_no=f"{unit} of {person}", unit_no=unit, owner_share=share,
                 **{**whole, **values})  # fmt: skip

    alone, other, child = family(), family(household="MF"), family(household="MF", relation_to_head="子")
    title(alone, "U1")
    title(other, "U2")
    title(child, "U3", 0.5)
    e.warn("real_estate", other, "dwellings", "second_dwelling")
    for person, share, values in (
        (family(), 0.49, {}),
        (family(), 1, {"title_status": "historical"}),
        (family(), 1, {"dwelling_use": "other"}),
    ):
        title(person, f"V{person}")
        title(person, f"W{person}", share, **values)
    doubted = family("tekun")
    title(doubted, "U4")
    title(doubted, "U5", name="李四")
    e.warn("real_estate", doubted, "dwellings", "second_dwelling", "suspected")
    for registered, found in ((T, True), (T - 365 * DAY, True), (T - 366 * DAY, False), (T + DAY, False)):
        buyer, number = family(), f"WQ{registered}"
        w.add("housing__sale_contract", id_number=buyer, buyer_name="张三", contract_no=number,
              registered_on=registered)  # fmt: skip
        if found:
            e.warn("real_estate", buyer, f"contract:{number}", "new_contract")


def _savings(w: World, family: Callable[..., str], answered: Callable[..., None], e: Expected) -> None:
    """685 yuan a month in the city from July 2019: six months are 4,110."""

    def account(person: str, balance: float, feed: str = "icbc", **values: Any) -> None:
        answered(f"finance__{feed}", person, request_id="R", sequence_no=w.people, account_no=f"****{feed}",
                 id_type="resident_id", balance=balance, queried_on=T, **values)  # fmt: skip

    at_limit, above = family(), family()
    account(at_limit, 4110)
    account(above, 4110)
    account(above, 0.01, "cmb")
    e.warn("financial_asset", above, "assets", "assets")
    head, member = family(household="MS"), family(household="MS", relation_to_head="配偶")
    account(member, 8220.01)
    e.warn("financial_asset", head, "assets", "assets")
    account(family(), 90_000, account_type="loan")
    spender = family()
    account(spender, 0, large_debits_half_year=8220.01)
    e.warn("financial_asset", spender, "large_debits", "large_debits")
    edge, edge_above = family("low_income"), family("low_income")
    account(edge, 24 * 685)
    account(edge_above, 24 * 685 + 1)
    e.warn("financial_asset", edge_above, "assets", "assets")


def payment_anomaly(w: World, e: Expected) -> None:
    """685 yuan less an income of 85 for one: 600 a month, paid by the tenth."""
    april, may = date(2020, 4, 1), date(2020, 5, 1)
    for number, (amount, day, payee, result, sub_type) in enumerate(
        (
            (600, 10, "张三", "paid", None),
            (600, 11, "张三", "paid", "late"),
            (600.01, 9, "张三", "paid", "amount_differs"),
            (600, 9, "李四", "paid", "wrong_payee"),
            (600, 9, "张三", "returned", "returned"),
            (600, 9, "张三", "pending", "not_paid"),
        )
    ):
        person = w.person()
        case = w.benefit("dibao", person, household_id=f"P{number}", category="普通", standard_class="urban",
                         household_income=85)  # fmt: skip
        key = case.split(":")[1]
        _paid(w, "dibao", key, person, april, 600)
        _paid(w, "dibao", key, person, may, amount, payee, day, result)
        if sub_type:
            confidence = "suspected" if sub_type == "wrong_payee" else "confirmed"
            e.warn("payment_anomaly", person, "pay:2020-05:dibao", sub_type, confidence)
    ended = w.person()
    case = w.benefit("dibao", ended, household_id="PX", category="普通", status="stopped",
                     stop_date=april)  # fmt: skip
    _paid(w, "dibao", case.split(":")[1], ended, april, 600)
    e.warn("payment_anomaly", ended, "pay:2020-04:dibao", "not_due")


def payment_of_families(w: World, e: Expected) -> None:
    """Two people with an income of 600 are due 770 a month together, however divided. Told of the head."""
    may = date(2020, 5, 1)
    for number, (sums, result, day, sub_type) in enumerate(
        (
            ((770, 0), "paid", 9, None),
            ((0, 770), "paid", 9, None),
            ((385, 385), "paid", 9, None),
            ((1, 769), "paid", 9, None),
            ((769, 0), "paid", 9, "amount_differs"),
            ((385, 386), "paid", 9, "amount_differs"),
            ((0, 0), "paid", 9, "not_paid"),
            ((770, 0), "pending", 9, "not_paid"),
            ((770, 0), "returned", 9, "returned"),
            ((0, 770), "paid", 11, "late"),
        )
    ):
        family = [w.person(), w.person()]
        # the head is entered after the spouse
        keys = [
            w.benefit("dibao", person, household_id=f"PF{number}", category="普通", standard_class="urban",
                      household_income=600, relation_to_head=word).split(":")[1]
            for person, word in zip(family, ("妻", "本人"), strict=True)
        ]  # fmt: skip
        for key, person, amount in zip(keys, family, sums, strict=True):
            _paid(w, "dibao", key, person, date(2020, 4, 1), 385)
            if amount:
                _paid(w, "dibao", key, person, may, amount, day=day, result=result)
        if sub_type:
            e.warn("payment_anomaly", family[1], "pay:2020-05:dibao", sub_type)


def payees(w: World, e: Expected) -> None:
    """A household of any benefit, the household book of the police; in central support the institution."""
    may = date(2020, 5, 1)

    def alone(name: str, **values: Any) -> tuple[str, str]:
        person = w.person()
        if values:
            w.register(person, name=name, **values)
        number = f"PN{w.people}"
        case = w.benefit("dibao", person, name=name, household_id=number, category="普通",
                         standard_class="urban", household_income=85)  # fmt: skip
        return person, case.split(":")[1]

    def paid_to(person: str, kind: str, key: str, payee: str, found: bool, amount: float = 600) -> None:
        _paid(w, kind, key, person, date(2020, 4, 1), amount, payee if not found else "赵大")
        _paid(w, kind, key, person, may, amount, payee)
        if found:
            e.warn("payment_anomaly", person, f"pay:2020-05:{kind}", "wrong_payee", "suspected")

    # an allowance of a child on the dibao of the mother
    mother, key = alone("赵大")
    child = w.person()
    w.benefit("dibao", child, name="赵小", household_id=f"PN{w.people - 1}", category="普通",
              standard_class="urban", household_income=85)  # fmt: skip
    living = w.benefit("disability_living", child, name="赵小", certificate_no=f"{child}42").split(":")[1]
    for month in (date(2020, 4, 1), may):
        _paid(w, "dibao", key, mother, month, 685 * 2 - 85, "赵大")
        _paid(w, "disability_living", living, child, month, 100, "赵大" if month == may else "赵小")
    w.add("disabled_federation__disability_certificate", certificate_no=f"{child}42", id_number=child,
          full_name="赵小", certificate_status="valid")  # fmt: skip
    _books(w, alone, paid_to)
    # the household book; a relative and a lodger in it; a collective one; no book
    for words, found in (
        (("户主", "子"), False),
        (("祖母", "户主"), False),
        (("户主", "儿媳"), False),
        (("户主", "保姆"), True),
        (("户主", "非亲属"), True),
        (("户主", "户主"), True),
        (None, True),
    ):
        book = {"household_no": f"HB{w.people}"} if words else {}
        told = [{**book, "relation_to_head": word} for word in words] if words else [{}, {}]
        person, key = alone("赵大", register_status="normal", **told[0])
        other = w.person()
        w.register(other, name="孙七", **told[1])
        paid_to(person, "dibao", key, "孙七", found)
    for form, institution, payee, found in (
        ("central", "沈阳市第一敬老院", "沈阳市第一敬老院", False),
        ("central", "沈阳市（和平）敬老院", "沈阳市(和平)敬老院", False),
        ("central", "沈阳市第一敬老院", "沈阳市第二敬老院", True),
        ("scattered", "沈阳市第一敬老院", "沈阳市第一敬老院", True),
        ("central", None, "沈阳市第一敬老院", True),
    ):
        person = w.person(date(1945, 6, 15))
        case = w.benefit("tekun", person, name="赵大", support_form=form, institution_name=institution,
                         ability_tier="self_care", standard_class="urban")  # fmt: skip
        paid_to(person, "tekun", case.split(":")[1], payee, found, 1062 + 181)
    # late, and to a stranger
    person, key = alone("赵大")
    _paid(w, "dibao", key, person, date(2020, 4, 1), 600, "赵大")
    _paid(w, "dibao", key, person, may, 600, "孙七", day=11)
    e.warn("payment_anomaly", person, "pay:2020-05:dibao", "wrong_payee", "suspected")
    # nobody knows what is due, and nothing came
    person = w.person()
    case = w.benefit("dibao", person, household_id="PU", category="不详", standard_class="urban")
    _paid(w, "dibao", case.split(":")[1], person, date(2020, 4, 1), 1)
    e.warn("payment_anomaly", person, "pay:2020-05:dibao", "not_paid", "suspected")


def _books(w: World, alone: Callable[..., tuple[str, str]], paid_to: Callable[..., None]) -> None:
    """A book is a number in a district, of those who stand in it today."""
    here, there = "210102000000", "210103000000"
    for number, (own_is, stranger, found) in enumerate(
        (
            # another head with that number elsewhere, and one who is no more; the child of either is no kin
            ("户主", {"register_district": there}, False),
            ("户主", {"register_district": here, "register_status": "cancelled_death"}, False),
            ("户主", {"register_district": here, "register_status": "moved_out"}, False),
            ("户主", {"register_district": here}, True),
            ("子", {"full_name": "孙七", "register_district": there}, True),
            ("子", {"full_name": "孙七", "register_district": "210102001000"}, False),
        )
    ):
        book = {"household_no": f"HN{number}"}
        person, key = alone("赵大", **book, relation_to_head=own_is, register_district=here)
        w.register(w.person(), stranger.pop("full_name", "周八"), **book, relation_to_head="户主", **stranger)
        if own_is == "户主":
            w.register(w.person(), "孙七", **book, relation_to_head="女", register_district=here)
        paid_to(person, "dibao", key, "孙七", found)


def shared_accounts(w: World, e: Expected) -> None:
    """One account for two families, unless somebody may be paid for both; its end is not the account."""
    april, may = date(2020, 4, 1), date(2020, 5, 1)

    def alone(**register: Any) -> tuple[str, str]:
        person = w.person()
        if register:
            w.register(person, **register)
        case = w.benefit("dibao", person, household_id=f"PS{w.people}", category="普通",
                         standard_class="urban", household_income=85)  # fmt: skip
        return person, case.split(":")[1]

    def paid(case: tuple[str, str], account: str | None, earlier: str | None = None, **values: Any) -> None:
        _paid(w, "dibao", case[1], case[0], april, 600, account=earlier)
        _paid(w, "dibao", case[1], case[0], may, 600, account=account, **values)

    def warned(case: tuple[str, str], sub_type: str = "shared_account") -> None:
        e.warn("payment_anomaly", case[0], "pay:2020-05:dibao", sub_type, "suspected")

    one, other, late, stranger = alone(), alone(), alone(), alone()
    paid(one, "a1")
    paid(other, "a1")
    paid(late, "a1", day=11)
    paid(stranger, "a1", payee="孙七")
    for case, sub_type in ((one, None), (other, None), (late, None), (stranger, "wrong_payee")):
        warned(case, sub_type or "shared_account")
    # in another month; not the whole number; another account with that end
    paid(alone(), "a2")
    paid(alone(), "a3", earlier="a2")
    for account in (None, None, "a4"):
        paid(alone(), account)
    # two homes of one household book
    for word in ("户主", "子"):
        paid(alone(household_no="HBS", relation_to_head=word), "a5")
    # a family of two, by one account for both
    family = [w.person(), w.person()]
    for person in family:
        case = w.benefit("dibao", person, household_id="PSF", category="普通", standard_class="urban",
                         household_income=600)  # fmt: skip
        for month in (april, may):
            _paid(w, "dibao", case.split(":")[1], person, month, 385, account="a6")


def payment_of_streets(w: World, e: Expected) -> None:
    """Ten cases of 600 yuan in April; in May two more, three more, three fewer."""
    april, may = date(2020, 4, 1), date(2020, 5, 1)
    for street, before, now, found in (("210102001", 10, 12, False), ("210103001", 10, 13, True),
                                       ("210103005", 10, 7, True), ("210104001", 9, 12, False)):  # fmt: skip
        for number in range(max(before, now)):
            person, begun, ended = w.person(), number < before, number >= now
            case = w.benefit(
                "dibao", person, household_id=f"S{street}{number}", category="普通", standard_class="urban",
                household_income=85, region_code=f"{street}001",
                start_date=date(2019, 1, 1) if begun else may,
                stop_date=may if ended else None, status="stopped" if ended else "active",
            )  # fmt: skip
            for month in ([april] if begun else []) + ([] if ended else [may]):
                _paid(w, "dibao", case.split(":")[1], person, month, 600)
        if found:
            e.warn("payment_anomaly", f"{street}000", "street:2020-05", "street_total")


def _cremated(w: World, person: str, subsidy: str | None, amount: float | str, on: date = date(2020, 3, 1),
              **values: Any) -> str:  # fmt: skip
    """With money granted; the number of the record."""
    w.cases += 1
    given = {"death_date": on - DAY, "funeral_home": "第一殡仪馆", **values}
    w.add("civil_affairs__cremation", cremation_no=f"HS{w.cases}", id_number=person, cremated_on=on,
          subsidy_class=subsidy, subsidy_amount=amount, **given)  # fmt: skip
    return f"HS{w.cases}"


def funeral_pair(w: World, e: Expected) -> None:
    for one, other, name, pair in (
        ("full", "difference", "张三", "full+difference"),
        ("difference", "full", "张三", "full+difference"),
        ("full", "full", "张三", "full+full"),
        ("difference", "difference", "李四", "difference+difference"),
        ("sea_burial", "eco_burial", "张三", "eco_burial+sea_burial"),
        ("eco_burial", "eco_burial", "张三", "eco_burial+eco_burial"),
        ("sea_burial", "sea_burial", "张三", "sea_burial+sea_burial"),
        ("full", "eco_burial", "张三", None),
        ("difference", "sea_burial", "张三", None),
        ("full", "none", "张三", None),
        ("full", None, "张三", None),
    ):
        person = w.person()
        _cremated(w, person, one, 900)
        _cremated(w, person, other, 900, full_name=name)
        if pair:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("funeral_subsidy", person, f"pair:{pair}", "exclusive_pair", confidence)
    not_granted, withdrawn = w.person(), w.person()
    for person in (not_granted, withdrawn):
        _cremated(w, person, "full", 900)
    _cremated(w, not_granted, "full", 0)
    given = {"death_date": date(2020, 2, 1), "updated_at": "2020-05-01", "as_of": T - 9 * DAY}
    number = _cremated(w, withdrawn, "full", 900, **given)
    w.add("civil_affairs__cremation", cremation_no=number, id_number=withdrawn, operation="delete",
          subsidy_class="full", subsidy_amount=900, updated_at="2020-05-02")  # fmt: skip


def funeral_subsidy(w: World, e: Expected) -> None:
    def expect(person: str, event: str, sub_type: str, confidence: str = "confirmed") -> None:
        e.warn("funeral_subsidy", person, event, sub_type, confidence)

    home, county = "第一殡仪馆", "第九殡仪馆"
    for on, died, found in (
        (T, T, False),
        (T + DAY, T, True),
        (date(2020, 3, 1), date(2020, 3, 2), True),
    ):
        for amount in (900, 0):
            person = w.person()
            number = _cremated(w, person, "full", amount, on, death_date=died)
            if found and amount:
                expect(person, f"not_cremated:{number}", "not_cremated")
    for days, name, by_funeral, subsidy, found in (
        (1, "张三", False, "full", True),
        (1, "张三", True, "eco_burial", True),
        (1, "李四", False, "full", True),
        (0, "张三", False, "full", False),
        (-1, "张三", True, "full", False),
        (1, "张三", False, "none", False),
    ):
        person, applicant = w.person(), w.person()
        _dead(w, applicant, date(2020, 3, 1) - days * DAY, name=name, funeral=by_funeral)
        number = _cremated(w, person, subsidy, 900, applicant_id_number=applicant, applicant_name="张三")
        if found:
            confidence = "confirmed" if name == "张三" else "suspected"
            expect(person, f"applicant:{number}", "applicant_dead", confidence)
    for subsidy, place, most in (
        ("full", home, 2065),
        ("full", county, 1965),
        ("full", "-", 2065),
        ("difference", home, 1546),
        ("difference", county, 1446),
        ("eco_burial", home, 1000),
        ("sea_burial", county, 1600),
    ):
        _cremated(w, w.person(), subsidy, most, funeral_home=place)
        person = w.person()
        number = _cremated(w, person, subsidy, f"{most}.01", funeral_home=place)
        expect(person, f"ceiling:{number}", "above_ceiling")
    # before there was a ceiling; two things at once about one row
    _cremated(w, w.person(), "sea_burial", 9000, date(2016, 12, 31))
    person = w.person()
    number = _cremated(w, person, "sea_burial", 9000, date(2017, 1, 1), death_date=date(2017, 1, 2))
    expect(person, f"ceiling:{number}", "above_ceiling")
    expect(person, f"not_cremated:{number}", "not_cremated")


def review_due(w: World, e: Expected) -> None:
    def family(*dues: date | None, head: int = 0, found: int | None = None, **values: Any) -> None:
        home, members = f"FR{w.people}", [w.person() for _ in dues]
        for place, (person, due) in enumerate(zip(members, dues, strict=True)):
            given = {"relation_to_head": "本人" if place == head else "其他", "last_review_on": T - 40 * DAY,
                     "household_id": home, "review_due_on": due}  # fmt: skip
            w.benefit("dibao", person, **{**given, **(values if place == head else {})})
        if found is not None:
            due = min(day for day in dues if day)
            sub_type = "review_soon" if due >= T else "review_overdue"
            e.warn("review_due", members[found], f"review:{due}", sub_type)

    for days, found in ((-1, 0), (0, 0), (1, 0), (30, 0), (31, None)):
        family(T + days * DAY, found=found)
    family(None)
    # finished, though the registry names no next day yet; one made the day before was another review
    family(T - 3 * DAY, last_review_on=T - 3 * DAY)
    family(T - 3 * DAY, last_review_on=T - 4 * DAY, found=0)
    # once a family: about the head, or without one about the member entered first; the earliest day
    family(T, T, T, head=1, found=1)
    family(T, T, T, head=2, found=0, status="suspended")
    family(T + 5 * DAY, T - 5 * DAY, found=0)
    family(T + 200 * DAY, None, T + DAY, found=0)
    family(T, status="stopped")
    moved = {"member_id": "CRM", "household_id": "FRM", "last_review_on": T - 40 * DAY}
    person = w.person()
    w.benefit("dibao", person, **moved, review_due_on=T, updated_at="2020-05-01")
    w.benefit("dibao", person, **moved, review_due_on=T + 200 * DAY, updated_at="2020-05-02")
    _proofs_of_life(w, e)


def _proofs_of_life(w: World, e: Expected) -> None:
    def case(kind: str, *days: int, found: bool, begun: int = 400, **values: Any) -> None:
        person = w.person()
        w.benefit(kind, person, alive=False, start_date=T - begun * DAY, **values)
        for ago in days:
            w.alive(person, T - ago * DAY)
        if found:
            e.warn("review_due", person, "liveness", "liveness_missing")

    for kind in ("tekun", "old_age"):
        case(kind, found=True)
        case(kind, 180, found=True)
        case(kind, 179, found=False)
        case(kind, -1, 181, found=True)
        case(kind, 0, 300, found=False)
        case(kind, begun=180, found=True)
        case(kind, begun=179, found=False)
        case(kind, found=False, status="suspended")
    for number, (kind, days, found, begun) in enumerate(
        (
            *(("dibao", (), True, 400), ("dibao", (180,), True, 400), ("dibao", (179,), False, 400)),
            *(("dibao", (), True, 180), ("dibao", (), False, 179), ("dibao", (-1, 181), True, 400)),
            ("low_income", (), False, 400),
        )
    ):
        case(kind, *days, found=found, begun=begun, household_id=f"FP{number}")
    _proofs_of_families(w, e)
    # one warning for two benefits; a proof taken back; one whose day was corrected
    both, back, corrected = w.person(), w.person(), w.person()
    for kind in ("tekun", "old_age"):
        w.benefit(kind, both, alive=False)
    w.benefit("tekun", back, alive=False)
    w.alive(back, confirmation_id="LB", updated_at="2020-05-01", as_of=T - 5 * DAY)
    w.alive(back, confirmation_id="LB", updated_at="2020-05-08", operation="delete")
    w.benefit("old_age", corrected, alive=False)
    w.alive(corrected, T, confirmation_id="LC", updated_at="2020-05-01", as_of=T - 5 * DAY)
    w.alive(corrected, T - 200 * DAY, confirmation_id="LC", updated_at="2020-05-08")
    for person in (both, back, corrected):
        e.warn("review_due", person, "liveness", "liveness_missing")


def _proofs_of_families(w: World, e: Expected) -> None:
    # one of a family will do, receiving or not; else its head is told; the family is as old as its first
    for number, (seen, ago, found) in enumerate(
        (("child", 10, False), ("suspended", 10, False), ("child", 180, True), ("nobody", 0, True))
    ):
        people = {"child": w.person(), "head": w.person(), "suspended": w.person()}
        for role, person in people.items():
            w.benefit("dibao", person, alive=False, household_id=f"FQ{number}",
                      relation_to_head={"head": "户主"}.get(role, "子"),
                      start_date=T - (400 if role == "head" else 20) * DAY,
                      status="suspended" if role == "suspended" else "active")  # fmt: skip
        if seen in people:
            w.alive(people[seen], T - ago * DAY)
        if found:
            e.warn("review_due", people["head"], "liveness", "liveness_missing")


def _residents(w: World, e: Expected, stay: Callable[..., str], one: str, other: str) -> None:
    """The day after a death; two homes on one night, one home twice; the sixtieth birthday, not asked of
    whom the state supports."""
    for died, name, found in ((T - DAY, "张三", True), (T, "张三", False), (T - DAY, "李四", True)):
        person = w.person(date(1940, 6, 15))
        _dead(w, person, died, name)
        number = stay(person, one)
        if found:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("elder_occupancy", person, f"dead:{number}", "resident_dead", confidence)
    for second, out, found in ((other, None, True), (one, None, False), (other, T, False)):
        person = w.person(date(1940, 6, 15))
        first, later = stay(person, one, until=out), stay(person, second, T)
        if found:
            e.warn("elder_occupancy", person, f"two:{first}+{later}", "two_homes")
        if second == one:
            e.warn("elder_occupancy", person, f"twice:{first}+{later}", "entered_twice")
    for born, found in ((date(1960, 5, 12), False), (date(1960, 5, 13), True)):
        person = w.person(born)
        number = stay(person, one)
        if found:
            e.warn("elder_occupancy", person, f"age:{number}", "under_age")
    supported = w.person(date(1975, 6, 15))
    w.benefit("tekun", supported, person_class="disabled", ability_tier="self_care", standard_class="urban")
    stay(supported, one)


def elder_occupancy(w: World, e: Expected) -> None:
    def home(beds: int = 50) -> str:
        w.cases += 1
        w.add("civil_affairs__elder_care__institution", institution_id=f"H{w.cases}", uscc=f"U{w.cases}",
              region_code=REGION, approved_beds=beds)  # fmt: skip
        return f"H{w.cases}"

    def stay(person: str, at: str, since: date = date(2019, 1, 1), until: date | None = None) -> str:
        w.cases += 1
        w.add("civil_affairs__elder_care__stay", stay_id=f"R{w.cases:05}", institution_id=at,
              id_number=person, checked_in_on=since, checked_out_on=until)  # fmt: skip
        return f"R{w.cases:05}"

    def old() -> str:
        return w.person(date(1940, 6, 15))

    one, full, crowded, entered_twice = home(), home(1), home(1), home(1)
    _residents(w, e, stay, one, home())
    for status, district, found in (
        ("normal", "210102000000", False),
        ("normal", "220100000000", True),
        ("cancelled_death", "220100000000", False),
    ):
        person = old()
        w.register(person, register_status=status, register_district=district)
        number = stay(person, one)
        if found:
            e.warn("elder_occupancy", person, f"hukou:{number}", "non_local")
    stay(old(), full)
    stay(old(), full, until=T)
    person = old()
    first, again = stay(person, entered_twice), stay(person, entered_twice)
    e.warn("elder_occupancy", person, f"twice:{first}+{again}", "entered_twice")
    stay(old(), crowded)
    stay(old(), crowded, T)
    e.warn("elder_occupancy", crowded.replace("H", "U"), "beds", "over_beds")


def overdue_task(w: World, e: Expected) -> None:
    def case(matter: str, accepted: date, sub_type: str | None, **values: Any) -> None:
        w.cases += 1
        application = f"A{w.cases}"
        given = {"status": "open", "current_level": "street", **values}
        w.add("platform__application", application_id=application, matter=matter, id_number=w.person(),
              region_code=REGION, accepted_on=accepted, **given)  # fmt: skip
        if sub_type:
            e.warn("overdue_task", application, "task", sub_type)

    # 2020-05-12 is a Tuesday; 1 to 5 May are free, 26 April and 9 May are worked
    case("disability_allowance", T, "remind")
    case("disability_allowance", date(2020, 5, 8), "remind")
    case("disability_allowance", date(2020, 5, 7), "overdue")
    case("child_welfare_certificate", date(2020, 4, 28), "remind")
    case("child_welfare_certificate", date(2020, 4, 30), None)
    case("child_welfare_certificate", date(2020, 4, 20), "overdue")
    case("dibao", date(2020, 3, 1), "overdue")
    case("dibao", date(2020, 5, 6), None)
    case("disability_allowance", date(2020, 1, 1), None, status="approved")
    case("disability_allowance", T + DAY, None)
    case("dibao", date(2005, 1, 1), "overdue", current_level=None)


def soc_org_annual(w: World, e: Expected) -> None:
    def case(sub_type: str | None, kind: str = "association", **values: Any) -> None:
        w.cases += 1
        uscc = f"S{w.cases}"
        given = {
            "state": "active", "registered_on": date(2015, 1, 1), "last_report_year": 2018,
            "last_report_accepted_on": date(2019, 4, 1), "region_code": "210102000000", **values,
        }  # fmt: skip
        w.add("civil_affairs__social_organisation", uscc=uscc, organisation_class=kind, **given)
        if sub_type:
            e.warn("soc_org_annual", uscc, "2019", sub_type)

    case("reminder")
    case("reminder", "private_non_enterprise", region_code="210100000000")
    case("overdue", "foundation")
    case("overdue", "foundation", last_report_year=None, last_report_accepted_on=None)
    case(None, "foundation", last_report_year=2019, last_report_accepted_on=T)
    case("overdue", "foundation", last_report_year=2019, last_report_accepted_on=T + DAY)
    case("overdue", "foundation", last_report_year=2019, last_report_accepted_on=None)
    case(None, "foundation", registered_on=date(2020, 1, 1))
    case("overdue", "foundation", registered_on=date(2019, 12, 31), last_report_year=None)
    case(None, state="deregistered")


CASES: tuple[Callable[[World, Expected], None], ...] = (
    death, linked_death, hukou, age_band, duplicate, imprisoned, business_owner, insider_relative,
    overdue_task, soc_org_annual, disability_cert, marriage_change, income_change, means, payment_anomaly,
    payment_of_families, payees, shared_accounts, payment_of_streets,
    funeral_pair, funeral_subsidy, review_due, elder_occupancy,
)  # fmt: skip


def build() -> tuple[World, Expected]:
    world, expected = World(), Expected()
    for case in CASES:
        case(world, expected)
    _pay(world)
    return world, expected


def _pay(w: World) -> None:
    """Everybody on tekun or the orphans' allowance is paid what April and May are due: nothing to find.

    Cases on dibao have no category unless a case gives them one: nobody knows what they are due, and
    something arrives for each family.
    """
    _pay_something(w)
    sent = {(row["case_id"], row["pay_month"]) for row in w.rows["platform__payment_result", T]}
    for table, kind, amount in (("civil_affairs__tekun", "tekun", 1062 + 181),
                                ("civil_affairs__orphan", "orphan", 1737)):  # fmt: skip
        newest: dict[str, dict[str, Any]] = {}
        for (name, _), rows in sorted(w.rows.items()):
            if name == table:
                for row in sorted(rows, key=lambda row: str(row["updated_at"])):
                    newest[row["case_id"]] = row
        for row in newest.values():
            for month in (date(2020, 4, 1), date(2020, 5, 1)):
                runs = row["start_date"] <= month and (row["stop_date"] is None or row["stop_date"] > month)
                runs = runs and (row["case_id"], month) not in sent
                if runs and row["status"] != "suspended" and row["operation"] != "delete":
                    _paid(w, kind, row["case_id"], row["id_number"], month, amount, row["full_name"])


def _pay_something(w: World) -> None:
    """To each household on dibao of which no case was paid, under its last case."""
    rows = [row for row in w.rows["civil_affairs__dibao", T] if row["status"] == "active"]
    sent = {(row["case_id"], row["pay_month"]) for row in w.rows["platform__payment_result", T]}
    for month in (date(2020, 4, 1), date(2020, 5, 1)):
        homes: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            if row["start_date"] <= month and (row["stop_date"] is None or row["stop_date"] > month):
                homes.setdefault(row["household_id"], []).append(row)
        for members in homes.values():
            if not any((row["member_id"], month) in sent or row["category"] for row in members):
                last = members[-1]
                _paid(w, "dibao", last["member_id"], last["id_number"], month, 10, last["full_name"])


def _paid(w: World, kind: str, case: str, person: str, month: date, amount: float, payee: str = "张三",
          day: int = 9, result: str = "paid", account: str | None = None) -> None:  # fmt: skip
    w.cases += 1
    w.add("platform__payment_result", payment_id=f"Z{w.cases}", pay_month=month, benefit_type=kind,
          case_id=case, id_number=person, payee_name=payee, amount=amount,
          paid_on=month.replace(day=day), result=result,
          account_no="****0001", account_digest=account)  # fmt: skip
