"""The second reading of the rule about reviews and proofs of life: see ``second_reading``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.oracle.families import HEADS

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Row, Shown

HALF_A_YEAR, A_MONTH = timedelta(days=180), timedelta(days=30)


def review_due(shown: Shown) -> Iterator[Finding]:
    """Of the days a family's members name, the first. The dossier says "and no finished review": finished is
    what was reviewed on that day or later. Of a review before it, the registry says by the day that it was
    another one."""
    for members in _families(shown).values():
        known = [row["review_due_on"] for row in members if row["review_due_on"] is not None]
        reviews = [row["last_review_on"] for row in members if row["last_review_on"] is not None]
        finished = known and any(min(known) <= on <= shown.day for on in reviews)
        if known and shown.day >= min(known) - A_MONTH and not finished:
            sub_type = "review_overdue" if shown.day > min(known) else "review_soon"
            event = f"review:{min(known)}"
            yield "warning", "review_due", _speaks_for(members), event, sub_type, "confirmed"
    yield from _not_seen_alive(shown)


def _speaks_for(members: list[Row]) -> str:
    first = min(members, key=lambda row: (row["relation_to_head"] not in HEADS, row["member_id"]))
    return str(first["id_number"])


def _not_seen_alive(shown: Shown) -> Iterator[Finding]:
    """No proof for half a year, in a benefit that is as old; nobody while the platform has told nothing. Of a
    family on dibao anybody it names may be seen, and its head is told."""
    seen: dict[str, date] = {}
    proofs = shown.rows("platform__liveness_confirmation")
    for row in proofs:
        on = row["confirmed_at"].date()
        if on <= shown.day:
            seen[row["id_number"]] = max(on, seen.get(row["id_number"], on))
    limit = shown.day - HALF_A_YEAR
    for number in shown.holders if proofs else ():
        begun = [row["start_date"] for _, row in shown.benefits(number, ("tekun", "old_age"))]
        if begun and min(begun) <= limit and seen.get(number, date.min) <= limit:
            yield "warning", "review_due", number, "liveness", "liveness_missing", "confirmed"
    named: dict[str, set[str]] = defaultdict(set)
    for row in shown.rows("civil_affairs__dibao"):
        named[row["household_id"]].add(row["id_number"])
    for home, members in _families(shown).items() if proofs else ():
        unseen = all(seen.get(number, date.min) <= limit for number in named[home])
        if unseen and min(row["start_date"] for row in members) <= limit:
            yield "warning", "review_due", _speaks_for(members), "liveness", "liveness_missing", "confirmed"


def _families(shown: Shown) -> dict[str, list[Row]]:
    families: dict[str, list[Row]] = defaultdict(list)
    for number in shown.holders:
        for _, row in shown.benefits(number, ("dibao",)):
            families[row["household_id"]].append(row)
    return families
