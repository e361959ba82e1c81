"""The second reading of the rule about reviews and proofs of life: see ``second_reading``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.city.second_reading import Finding, Row, Shown

HALF_A_YEAR = timedelta(days=180)


def review_due(shown: Shown) -> Iterator[Finding]:
    families: dict[str, list[Row]] = defaultdict(list)
    for number in shown.holders:
        for _, row in shown.benefits(number, ("dibao",)):
            families[row["household_id"]].append(row)
    for members in families.values():
        known = [row["review_due_on"] for row in members if row["review_due_on"] is not None]
        if known and shown.day >= min(known) - timedelta(days=30):
            sub_type = "review_overdue" if shown.day > min(known) else "review_soon"
            event = f"review:{min(known)}"
            yield "warning", "review_due", _speaks_for(members), event, sub_type, "confirmed"
    yield from _not_seen_alive(shown)


def _speaks_for(members: list[Row]) -> str:
    first = min(members, key=lambda row: (row["relation_to_head"] != "本人", row["member_id"]))
    return str(first["id_number"])


def _not_seen_alive(shown: Shown) -> Iterator[Finding]:
    seen: dict[str, date] = {}
    for row in shown.rows("platform__liveness_confirmation"):
        on = row["confirmed_at"].date()
        if on <= shown.day:
            seen[row["id_number"]] = max(on, seen.get(row["id_number"], on))
    limit = shown.day - HALF_A_YEAR
    for number in shown.holders:
        begun = [row["start_date"] for _, row in shown.benefits(number, ("tekun", "old_age"))]
        if begun and min(begun) <= limit and seen.get(number, date.min) <= limit:
            yield "warning", "review_due", number, "liveness", "liveness_missing", "confirmed"
