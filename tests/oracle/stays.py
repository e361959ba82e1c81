"""The second reading of the rule about care homes: see ``second_reading``."""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from tests.oracle.register import has_left, last_moves, register_says

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Row, Shown

_HOMES = "civil_affairs__elder_care"


def _staying(shown: Shown) -> Iterator[Row]:
    """The stays of the day. A home no longer registered is paid for nobody: it has no subsidised resident."""
    registered = {home["institution_id"] for home in shown.rows(_HOMES, "institution")}
    for row in shown.rows(_HOMES, "stay"):
        left = row["checked_out_on"]
        here = row["checked_in_on"] <= shown.day and (left is None or left > shown.day)
        if here and row["institution_id"] in registered:
            yield row


def elder_occupancy(shown: Shown) -> Iterator[Finding]:
    """Of subsidised residents, which those on support for the destitute are not. A bed has one person,
    however often the person was entered."""
    staying: dict[str, list[Row]] = defaultdict(list)
    living: dict[str, set[str]] = defaultdict(set)
    kept = {who(shown, n) for n, held in shown.holders.items() if any(b == "tekun" for b, _ in held)}
    for row in _staying(shown):
        living[row["institution_id"]].add(who(shown, row["id_number"]))
        if who(shown, row["id_number"]) not in kept:
            staying[row["id_number"]].append(row)
    for home in shown.rows(_HOMES, "institution"):
        if len(living[home["institution_id"]]) > home["approved_beds"]:
            subject = home["uscc"] or home["institution_id"]
            yield "warning", "elder_occupancy", subject, "beds", "over_beds", "confirmed"
    yield from _dead(shown, staying)
    yield from _elsewhere(shown, staying)
    yield from _in_two_beds(shown, staying)
    for number, stays in staying.items():
        if shown.day < turns(number, 60):
            for row in stays:
                event = f"age:{row['stay_id']}"
                yield "warning", "elder_occupancy", number, event, "under_age", "confirmed"


def who(shown: Shown, number: str) -> str:
    """The number the person has now."""
    return shown.present.get(number, number)


def _same_name(one: Row, other: Row) -> str:
    return "confirmed" if one["full_name"] == other["full_name"] else "suspected"


def _in_two_beds(shown: Shown, staying: dict[str, list[Row]]) -> Iterator[Finding]:
    """Two rows of one person, in two homes or in one; one may be under a number the person had before."""
    beds: dict[str, list[Row]] = defaultdict(list)
    for number, stays in staying.items():
        beds[who(shown, number)] += stays
    for rows in beds.values():
        for one, other in combinations(sorted(rows, key=lambda row: row["stay_id"]), 2):
            together = one["institution_id"] == other["institution_id"]
            sub_type, event = ("entered_twice", "twice") if together else ("two_homes", "two")
            event = f"{event}:{one['stay_id']}+{other['stay_id']}"
            yield "warning", "elder_occupancy", one["id_number"], event, sub_type, _same_name(one, other)


def born(number: str) -> date:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def turns(number: str, age: int) -> date:
    """The day the holder reaches an age."""
    birth = born(number)
    year = birth.year + age
    leap_day = (birth.month, birth.day) == (2, 29)
    return date(year, 2, 28 + isleap(year)) if leap_day else birth.replace(year=year)


def _dead(shown: Shown, staying: dict[str, list[Row]]) -> Iterator[Finding]:
    found: dict[tuple[str, str], bool] = defaultdict(bool)
    for feed_id in ("public_security__death_cancellation", "civil_affairs__cremation"):
        for row in shown.rows(feed_id):
            if row["id_number"] is None:  # nobody can be told by it
                continue
            for stay in staying.get(row["id_number"], ()):
                if born(row["id_number"]) <= row["death_date"] < shown.day:
                    found[row["id_number"], stay["stay_id"]] |= row["full_name"] == stay["full_name"]
    for (number, stay_id), sure in found.items():
        words = "confirmed" if sure else "suspected"
        yield "warning", "elder_occupancy", number, f"dead:{stay_id}", "resident_dead", words


def settled_elsewhere(shown: Shown) -> dict[str, list[Row]]:
    """What the police say of those who do not live in the city."""
    moves = last_moves(shown)
    answers = {row["id_number"]: row for row in shown.rows("public_security__household_register")}
    found: dict[str, list[Row]] = defaultdict(list)
    for number in set(answers) | set(moves):
        answer, move = answers.get(number), moves.get(number)
        if answer and register_says(answer):
            found[number].append(answer)
        if move and has_left(move):
            found[number].append(move)
    return found


def _elsewhere(shown: Shown, staying: dict[str, list[Row]]) -> Iterator[Finding]:
    facts = settled_elsewhere(shown)
    for number, stays in staying.items():
        for stay in stays if number in facts else ():
            sure = any(row["full_name"] == stay["full_name"] for row in facts[number])
            words, event = "confirmed" if sure else "suspected", f"hukou:{stay['stay_id']}"
            yield "warning", "elder_occupancy", number, event, "non_local", words
