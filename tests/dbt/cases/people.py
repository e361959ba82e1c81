"""What the police, the registries and the courts say of a person."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.dbt.cases.expected import DAY, Expected, report_death
from tests.support.hand_made_world import T, World


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
    # out to nowhere and back on one day
    same_day = w.person()
    move(same_day, "out", T - 20 * DAY, None)
    move(same_day, "in", T - 20 * DAY, None)
    w.benefit("dibao", same_day)
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
            report_death(w, person, reported)
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
        extra: dict[str, dict[str, Any]] = {"orphan": {"school_until": date(2030, 1, 1)}}
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
