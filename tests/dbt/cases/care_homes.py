"""Residents of care homes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from tests.dbt.cases.expected import DAY, Expected, renumbered, report_death
from tests.support.hand_made_world import REGION, T, World


def _residents(w: World, e: Expected, stay: Callable[..., str], one: str, other: str) -> None:
    """The day after a death; two homes on one night, one home twice; the sixtieth birthday, not asked of
    whom the state supports."""
    for died, name, found in ((T - DAY, "张三", True), (T, "张三", False), (T - DAY, "李四", True)):
        person = w.person(date(1940, 6, 15))
        report_death(w, person, died, name)
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
    _renumbered_residents(w, e, stay, one, other)


def _renumbered_residents(w: World, e: Expected, stay: Callable[..., str], one: str, other: str) -> None:
    """One person under two numbers: in two homes, moved on between them, in one home, kept by the state."""
    for number, (second, out, event, sub_type) in enumerate(
        ((other, None, "two", "two_homes"), (other, T, None, ""), (one, None, "twice", "entered_twice"))
    ):
        former, now = renumbered(w, "old_age", f"RN{number}")
        first, later = stay(former, one, until=out), stay(now, second, T)
        if event:
            e.warn("elder_occupancy", former, f"{event}:{first}+{later}", sub_type)
    former, now = renumbered(w, "tekun", "RNK", date(1975, 6, 15), person_class="disabled",
                              ability_tier="self_care", standard_class="urban")  # fmt: skip
    stay(former, one), stay(now, other)


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
