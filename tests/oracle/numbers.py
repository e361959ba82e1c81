"""Who is who on a day, for the second reading: one person under two numbers, two people under one.

A person had another number before where a registry wrote a new number and no other name into the same case
(a name changed afterwards is another matter), or where a disability certificate was issued under it. If
somebody of another name holds that number, by the register or a registry, it was a slip and tells nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle.names import is_called, simplified

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Row, Shown

#: feed, table, what names a case
_CASES = (
    ("civil_affairs__dibao", "main", "member_id"),
    ("civil_affairs__low_income", "main", "member_id"),
    ("civil_affairs__tekun", "main", "case_id"),
    ("civil_affairs__orphan", "main", "case_id"),
    ("civil_affairs__disability_allowance", "main", "case_id"),
    ("civil_affairs__elder_care", "old_age_allowance", "case_id"),
)
_CERTIFICATES = "disabled_federation__disability_certificate"
_RANK = ("dibao", "tekun", "orphan", "low_income", "disability_living", "disability_care", "old_age")
#: A benefit and the row of the registry.
Held = tuple[str, dict[str, Any]]
#: Of something told about somebody: number, name, what happened, kind of it.
Told = tuple[str, str, str, str | None]


def present_numbers(shown: Shown) -> dict[str, str]:
    """Former number -> the number the person has now."""
    words: dict[str, tuple[tuple[date, bool], str, str]] = {}
    # of two words of one day the later compared wins; of those about one number the smaller new number
    for day, in_case, old, new, name in sorted(_words(shown), key=lambda w: w[3], reverse=True):
        if old not in words or (day, in_case) >= words[old][0]:
            words[old] = ((day, in_case), new, name)
    became = {old: _followed(old, {o: new for o, (_, new, _) in words.items()}) for old in words}
    names = defaultdict(set)
    for feed_id, table, _ in _CASES:
        for row in shown.rows(feed_id, table):
            names[row["id_number"]].add(row["full_name"])
    for row in shown.rows("public_security__household_register"):
        names[row["id_number"]].add(row["full_name"])
    own = {old for old in became if not names[old] - {words[old][2]}}
    return {old: last for old in own if (last := became[old]) is not None and last not in own}


def _followed(number: str, became: dict[str, str]) -> str | None:
    """What a number became in the end; None where the words go around in a circle."""
    passed: set[str] = set()
    while number in became:
        if number in passed:
            return None
        passed.add(number)
        number = became[number]
    return number


def _words(shown: Shown) -> Iterator[tuple[date, bool, str, str, str]]:
    """Since when, by a case or not, former number, newer number, name."""
    for feed_id, table, key in _CASES:
        versions: dict[str, list[Row]] = defaultdict(list)
        for row in map(simplified, shown.versions(feed_id, table)):
            if row["operation"] != "delete":
                versions[row[key]].append(row)
        for told in versions.values():
            last = {row["id_number"]: place for place, row in enumerate(told)}
            for number, place in last.items():
                name = told[place]["full_name"]
                since = [r for r in told[place + 1 :] if r["full_name"] == name]
                if since:
                    yield since[-1]["updated_at"].date(), True, number, since[-1]["id_number"], name
    for row in shown.rows(_CERTIFICATES):
        number = row["certificate_no"][:18]
        if len(row["certificate_no"]) >= 20 and number != row["id_number"]:
            yield row["issued_on"], False, number, row["id_number"], row["full_name"]


def by_person(shown: Shown) -> dict[str, list[Held]]:
    """Running benefits by the person's present number, whatever number each case bears."""
    people: dict[str, list[Held]] = defaultdict(list)
    for number, held in shown.holders.items():
        people[shown.present.get(number, number)] += held
    return people


def speaks(held: Iterable[Held]) -> str:
    """The number of the case a warning speaks of: of the first benefit, the one that began first."""
    return str(min(held, key=_order)[1]["id_number"])


def _order(one: Held) -> tuple[int, date, str]:
    return _RANK.index(one[0]), one[1]["start_date"], str(one[1].get("member_id") or one[1]["case_id"])


def same_person(row: Row, number: str, name: str) -> bool:
    """Surely: by number and name."""
    return bool(row["id_number"] == number and is_called(row, name))


def laid_at_their_door(
    shown: Shown,
    rule: str,
    check: str | None,
    among: tuple[str, ...] | None,
    facts: Iterable[Told],
    against: Callable[[Row], bool] = lambda case: True,
) -> Iterator[Finding]:
    """The warning of a person and event, and for each benefit its own hit.

    A fact counts against a case of the same number, or against one of another number of the person if it
    bears the case's name; only number and name together are sure. ``against``: cases it can count against.
    """
    met: dict[tuple[str, str], list[tuple[Held, str | None, bool]]] = defaultdict(list)
    for number, name, event, sub in facts:
        person = shown.present.get(number, number)
        for benefit, row in shown.people.get(person, ()):
            if (among is not None and benefit not in among) or not against(row):
                continue
            if number == row["id_number"] or is_called(row, name):
                met[person, event].append(((benefit, row), sub, same_person(row, number, name)))
    for (_, event), ways in met.items():
        sure = "confirmed" if any(s for _, _, s in ways) else "suspected"
        yield "warning", rule, speaks(held for held, _, _ in ways), event, ways[0][1], sure
        for (benefit, row), _, surely in ways if check else ():
            words = "confirmed" if surely else "suspected"
            yield "check", str(check), row["id_number"], benefit, None, words
