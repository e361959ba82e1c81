"""The second reading of the money: see ``second_reading``. Row by row, as the dossier words it."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from tests.oracle.funerals import ceiling
from tests.oracle.money import cases, due, months
from tests.oracle.register import has_left, last_moves
from tests.oracle.stays import born, settled_elsewhere, turns, who

if TYPE_CHECKING:
    from tests.oracle.second_reading import Row, Shown

#: kind, subject, month (or day of a cremation), amount, detail
Amount = tuple[str, str, date, Decimal | None, str | None]
_HOMES = "civil_affairs__elder_care"


def amounts(shown: Shown) -> Iterator[Amount]:
    held = {(benefit, key): feed for benefit, key, feed in _feeds(shown)}
    for month in months(shown.day):
        for (benefit, key), (amount, reason) in due(shown, month).items():
            yield benefit, f"{held[benefit, key]}:{key}", month, amount, reason
        yield from _claims(shown, month)
    for row in shown.rows("civil_affairs__cremation"):
        if row["subsidy_class"] not in (None, "none") and (row["subsidy_amount"] or 0) > 0:
            most = ceiling(row)
            yield "funeral_ceiling", row["cremation_no"], row["cremated_on"], most, None


def _feeds(shown: Shown) -> Iterator[tuple[str, str, str]]:
    for benefit, row in cases(shown):
        feed = {"old_age": "elder_care"}.get(benefit, benefit)
        feed = "disability_allowance" if feed.startswith("disability_") else feed
        yield benefit, str(row.get("member_id") or row["case_id"]), f"civil_affairs__{feed}"


def _claims(shown: Shown, month: date) -> Iterator[Amount]:
    """A line for each stay with a night, or a day, in the month; a claim for each home."""
    end = month.replace(day=monthrange(month.year, month.month)[1])
    if end > shown.day:  # by months really stayed
        return
    beds = {home["institution_id"]: home["approved_beds"] for home in shown.rows(_HOMES, "institution")}
    stays = [
        row
        for row in shown.rows(_HOMES, "stay")
        if row["institution_id"] in beds
        and row["checked_in_on"] <= end
        and (row["checked_out_on"] is None or row["checked_out_on"] > month)
    ]
    reasons = _reasons(shown, stays, month, end)
    taken: dict[str, int] = defaultdict(int)
    claimed: dict[str, list[Decimal]] = defaultdict(list)
    for row in sorted(stays, key=lambda row: (row["checked_in_on"], row["stay_id"])):
        home, reason = row["institution_id"], reasons.get(row["stay_id"])
        taken[home] += reason is None
        if reason is None and taken[home] > beds[home]:
            reason = "over_beds"
        amount = Decimal(130 if reason is None else 0)
        claimed[home].append(amount)
        yield "care_home_line", row["stay_id"], month, amount, reason
    for home, paid in claimed.items():
        yield "care_home_claim", home, month, sum(paid, Decimal(0)), str(sum(p > 0 for p in paid))


def _reasons(shown: Shown, stays: list[Row], month: date, end: date) -> dict[str, str]:
    died = _deaths(shown)
    twice = _twice(shown, stays, month, end)
    moved_later = {n for n, m in last_moves(shown).items() if has_left(m) and m["moved_on"] > end}
    away = set(settled_elsewhere(shown)) - moved_later
    kept = {
        row["id_number"]
        for row in shown.rows("civil_affairs__tekun")
        if row["start_date"] <= end and (row["stop_date"] is None or row["stop_date"] >= month)
    }
    found = {}
    for row in stays:
        number = row["id_number"]
        if died.get(number, date.max) <= end:
            found[row["stay_id"]] = "resident_dead"
        elif row["stay_id"] in twice:
            found[row["stay_id"]] = "two_homes"
        elif turns(number, 60) > end:
            found[row["stay_id"]] = "under_age"
        elif number in away:
            found[row["stay_id"]] = "non_local"
        elif number in kept:
            found[row["stay_id"]] = "state_supported"
    return found | _counted_once(shown, [row for row in stays if row["stay_id"] not in found], month, end)


def _counted_once(shown: Shown, stays: list[Row], month: date, end: date) -> dict[str, str]:
    """A resident has one bed in a home and month: the nights of all rows, each once, on the first row."""
    residents: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(stays, key=lambda row: (row["checked_in_on"], row["stay_id"])):
        residents[who(shown, row["id_number"]), row["institution_id"]].append(row)
    found = {}
    for rows in residents.values():
        slept = [(row["stay_id"], _nights(row, month, end)) for row in rows]
        enough = len(set().union(*(nights for _, nights in slept))) >= 15
        before: set[date] = set()
        for stay, nights in slept:
            if not nights or not enough:
                found[stay] = "too_few_days"
            elif before:
                found[stay] = "entered_twice" if nights & before else "counted_together"
            before |= nights
    return found


def _deaths(shown: Shown) -> dict[str, date]:
    died: dict[str, date] = {}
    for feed_id in ("public_security__death_cancellation", "civil_affairs__cremation"):
        for row in shown.rows(feed_id):
            number = row["id_number"]
            if number and row["death_date"] >= born(number):
                died[number] = min(row["death_date"], died.get(number, date.max))
    return died


def _nights(row: Row, month: date, end: date) -> set[date]:
    """Whoever leaves on a day has not slept there that night."""
    days = {month + timedelta(days=k) for k in range(end.day)}
    left = row["checked_out_on"] or date.max
    return {day for day in days if row["checked_in_on"] <= day < left}


def _twice(shown: Shown, stays: list[Row], month: date, end: date) -> set[str]:
    by_person: dict[str, list[Row]] = defaultdict(list)
    for row in stays:
        by_person[who(shown, row["id_number"])].append(row)
    found: set[str] = set()
    for rows in by_person.values():
        for one, other in combinations(rows, 2):
            apart = one["institution_id"] != other["institution_id"]
            if apart and _nights(one, month, end) & _nights(other, month, end):
                found |= {one["stay_id"], other["stay_id"]}
    return found
