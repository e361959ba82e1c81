"""The second reading of whom money may be paid to: see ``second_reading``."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.oracle.families import CHILDREN, HEADS, PARENTS, RELATIVES, SPOUSES
from tests.oracle.stays import who

if TYPE_CHECKING:
    from tests.oracle.second_reading import Row, Shown

Case = tuple[str, str]


def known_payees(shown: Shown, held: dict[Case, Row]) -> dict[Case, set[str]]:
    """The person, family whatever the benefit, a guardian; in central support the registry's institution."""
    family = _families(shown)
    known: dict[Case, set[str]] = {}
    for case, row in held.items():
        names = {row["full_name"], *row["former_names"], *family[who(shown, row["id_number"])]}
        if case[0] == "tekun" and row["support_form"] == "central" and row["institution_name"]:
            names.add(row["institution_name"])
        known[case] = names
    return known


def _families(shown: Shown) -> dict[str, set[str]]:
    """By the present number of a person: the names of all who are family, former ones too."""
    former: dict[str, set[str]] = defaultdict(set)
    homes: dict[tuple[str, str], list[Row]] = defaultdict(list)
    numbers: dict[str, set[str]] = defaultdict(set)
    named: dict[str, set[str]] = defaultdict(set)
    for _, row in shown.enrolments():
        former[row["id_number"]] |= row["former_names"]
    for benefit, row in shown.enrolments():
        numbers[who(shown, row["id_number"])].add(row["id_number"])
        if row.get("household_id"):
            homes[benefit, row["household_id"]].append(row)
        if benefit == "orphan" and row["guardian_name"]:
            named[who(shown, row["id_number"])].add(row["guardian_name"])
            named[who(shown, row["id_number"])] |= former.get(row["guardian_id_number"] or "", set())
    for members in homes.values():
        names = {row["full_name"] for row in members}.union(*(row["former_names"] for row in members))
        for row in members:
            named[who(shown, row["id_number"])] |= names
    book = books_of(shown)
    for person, theirs in numbers.items():
        for number in theirs:
            for row in book.get(number, ()):
                named[person] |= {row["full_name"]} | former.get(row["id_number"], set())
    return named


def books_of(shown: Shown) -> dict[str, list[Row]]:
    """Who stands in one book of the police as family, near or far. A book is a number in a district; one with
    several heads today is a collective one."""
    words = {*HEADS, *SPOUSES, *CHILDREN, *PARENTS, *RELATIVES}
    books: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in shown.rows("public_security__household_register"):
        if row.get("household_no") and row.get("relation_to_head") in words:
            books[(row["register_district"] or "")[:6], row["household_no"]].append(row)
    found: dict[str, list[Row]] = {}
    for rows in books.values():
        heads = [
            row for row in rows if row["relation_to_head"] in HEADS and row["register_status"] == "normal"
        ]
        if len(heads) <= 1:
            found |= {row["id_number"]: rows for row in rows}
    return found
