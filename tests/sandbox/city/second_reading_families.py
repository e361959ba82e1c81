"""The second reading of the rules that ask who belongs to whom: see ``second_reading``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.city.second_reading import Finding, Shown

Row = dict[str, Any]
CHILDREN, PARENTS = ("子", "女"), ("父", "母")
_RANK = ("not_filed", "not_visited", "own_approval", "kin", "applicant")


def _sure(held: list[tuple[str, Row]], name: str) -> bool:
    return any(row["full_name"] == name for _, row in held)


def married_to(shown: Shown) -> dict[str, tuple[Row, str, str]]:
    """Who is married at the end of the day: the certificate, the spouse's number and name."""
    latest: dict[str, tuple[Row, str, str]] = {}
    known = [
        row
        for row in shown.rows("civil_affairs__marriage")
        if row["event_type"] != "reissue" and row["registered_on"] <= shown.day
    ]
    for row in sorted(known, key=lambda r: (r["registered_on"], r["updated_at"], r["certificate_no"])):
        for one, other in (("husband", "wife"), ("wife", "husband")):
            number, spouse = row[f"{one}_id_number"], row[f"{other}_id_number"]
            latest[number] = (row, spouse, row[f"{other}_name"])
    return {number: found for number, found in latest.items() if found[0]["event_type"] == "marriage"}


def _families(shown: Shown) -> dict[str, list[Row]]:
    households = defaultdict(list)
    for row in shown.rows("civil_affairs__dibao"):
        households[row["household_id"]].append(row)
    return households


def _close(one: str, other: str) -> bool:
    """Is somebody who is ``one`` to the head the spouse, parent or child of who is ``other`` to the head?"""
    near = ("配偶", *CHILDREN, *PARENTS)
    if "本人" in (one, other):
        return one in near or other in near
    return (one == "配偶" and other in CHILDREN) or (one in CHILDREN and other == "配偶")


def insider_relative(shown: Shown) -> Iterator[Finding]:
    found: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    for number, event, sub, sure in [*_unrecorded(shown), *_agreed(shown)]:
        found[number, event].append((sub, sure))
    on_dibao: dict[str, bool] = defaultdict(bool)
    for (number, event), ways in found.items():
        sure = any(s for _, s in ways)
        sub = min((sub for sub, _ in ways), key=_RANK.index)
        words = "confirmed" if sure else "suspected"
        yield "warning", "insider_relative", number, event, sub, words
        if sub != "applicant":
            on_dibao[number] |= sure
    for number, sure in on_dibao.items():
        yield "check", "insider_relative", number, "dibao", None, "confirmed" if sure else "suspected"


def _unrecorded(shown: Shown) -> Iterator[tuple[str, str, str, bool]]:
    day, families, spouses = shown.day, _families(shown), _spouses(shown)
    homes = defaultdict(list)
    for rows in families.values():
        for row in rows:
            homes[row["id_number"]].append(row)
    applying = {
        row["id_number"]: row["full_name"]
        for row in shown.rows("platform__application")
        if row["matter"] == "dibao" and row["status"] == "open" and row["accepted_on"] <= day
    }
    for row in shown.rows("civil_affairs__dibao", "staff_relative"):
        cadre = any(word in row["staff_position"] for word in ("社区", "村", "居委会"))
        gap = _gap(row, day)
        if not gap or not (cadre or row["has_approval_rights"]):
            continue
        number, name = row["relative_id_number"], row["relative_name"]
        event = f"record:{row['staff_id']}"
        held = shown.benefits(number, ("dibao",))
        if held:
            yield number, event, gap, _sure(held, name)
            continue
        if number in applying:
            yield number, event, "applicant", applying[number] == name
        in_family = [
            (other["id_number"], own["full_name"])
            for own in homes[number]
            for other in families[own["household_id"]]
            if _close(own["relation_to_head"], other["relation_to_head"])
        ]
        for kin, own_name in [*in_family, *spouses[number]]:
            if shown.benefits(kin, ("dibao",)):
                yield kin, event, "kin", own_name == name


def _spouses(shown: Shown) -> dict[str, list[tuple[str, str]]]:
    """For each number who says to be married to it, and under which name of the spouse."""
    spouses = defaultdict(list)
    for number, (_, spouse, name) in married_to(shown).items():
        spouses[spouse].append((number, name))
    return spouses


def _gap(row: Row, day: date) -> str | None:
    for column, gap in (("filed_on", "not_filed"), ("home_visit_on", "not_visited")):
        if row[column] is None or row[column] > day:
            return gap
    return None


def _agreed(shown: Shown) -> Iterator[tuple[str, str, str, bool]]:
    """Steps agreed to by the relative of the member in person."""
    agreed = defaultdict(set)
    households = {
        row["application_id"]: row["household_id"]
        for row in shown.rows("platform__application")
        if row["matter"] == "dibao"
    }
    for step in shown.rows("platform__approval_step"):
        if step["result"] == "agreed" and households.get(step["application_id"]):
            agreed[households[step["application_id"]]].add(step["staff_id"])
    for row in shown.rows("civil_affairs__dibao", "staff_relative"):
        held = shown.benefits(row["relative_id_number"], ("dibao",))
        own = [(b, m) for b, m in held if row["staff_id"] in agreed[m["household_id"]]]
        if own:
            event = f"approval:{row['staff_id']}"
            yield row["relative_id_number"], event, "own_approval", _sure(own, row["relative_name"])


FAMILY_RULES = (insider_relative,)
