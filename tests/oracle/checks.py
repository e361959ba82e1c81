"""The second reading of what a cross-check says of each benefit: see ``second_reading``.

The dossier's words: a benefit is overpaid in the pay-months after the month of the death. Read so for every
ground on which nothing is due any more, a term that ends giving back the month it ends in; of two benefits
that exclude each other, in the months in which both were paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.families import _unrecorded, homes_of
from tests.oracle.names import is_called
from tests.oracle.register import has_left, hukou_sub_type, last_moves, register_says
from tests.oracle.second_reading import (
    EXCLUSIVE,
    LOCAL_BENEFITS,
    OWNER_BENEFITS,
    Row,
    Shown,
    _birthday,
    _born,
)

#: check, number, case with its feed, sub-type, first and last day together, months and money paid on
Hit = tuple[str, str, str, str, date | None, date | None, int | None, Decimal | None]
Case = tuple[str, Row]

_FEED = {
    "dibao": "dibao",
    "tekun": "tekun",
    "orphan": "orphan",
    "low_income": "low_income",
    "disability_living": "disability_allowance",
    "disability_care": "disability_allowance",
    "old_age": "elder_care",
}
_GRAVEST = (
    *("dead", "moved_out", "not_found", "register_non_local", "orphan_18", "tekun_16", "exclusive_pair"),
    *("same_benefit", "prison", "custody", "enterprise", "cooperative", "individual_business"),
    *("small_family_shop", "not_filed", "not_visited", "own_approval", "kin"),
)


@dataclass(frozen=True)
class Ground:
    """Something that speaks against one case: what, its first and last day where somebody says them."""

    kind: str
    since: date | None = None
    until: date | None = None


def hits(shown: Shown) -> set[Hit]:
    """Everything the checks say of every running benefit."""
    reading = _Reading(shown)
    return {
        reading.hit(check, number, case, grounds)
        for check, against in _CHECKS.items()
        for number, held in shown.holders.items()
        for case in held
        if (grounds := list(against(reading, number, case)))
    }


def case_id(case: Case) -> str:
    benefit, row = case
    return f"civil_affairs__{_FEED[benefit]}:{row.get('member_id') or row['case_id']}"


class _Reading:
    """What is shown, by person; and what arrived, by case and month."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.day = shown.day
        self.paid: dict[str, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for row in shown.rows("platform__payment_result"):
            if row["result"] == "paid":
                case = f"civil_affairs__{_FEED[row['benefit_type']]}:{row['case_id']}"
                self.paid[case][row["pay_month"]] += row["amount"]
        self.moves = last_moves(shown)
        self.insiders: dict[str, set[str]] = defaultdict(set)
        for number, _, kind, _ in _unrecorded(shown):
            self.insiders[number].add(kind)
        self._by_person: dict[str, dict[str, list[Row]]] = {}

    def about(self, number: str, *feeds: str) -> Iterator[Row]:
        """Rows that bear this very number."""
        return (row for row in self._of_person(number, *feeds) if row["id_number"] == number)

    def told_of(self, case: Case, *feeds: str) -> Iterator[Row]:
        """Rows that count against a case: of its number, or of another of the person's and its name."""
        number = case[1]["id_number"]
        for row in self._of_person(number, *feeds):
            if row["id_number"] == number or is_called(case[1], row["full_name"]):
                yield row

    def _of_person(self, number: str, *feeds: str) -> Iterator[Row]:
        for feed in feeds:
            if feed not in self._by_person:
                self._by_person[feed] = defaultdict(list)
                for row in self.shown.rows(feed):
                    if row["id_number"]:
                        self._by_person[feed][self._present(row["id_number"])].append(row)
            yield from self._by_person[feed][self._present(number)]

    def born(self, number: str) -> date:
        return _born(self._present(number))

    def _present(self, number: str) -> str:
        return self.shown.present.get(number, number)

    def months(self, case: Case) -> dict[date, Decimal]:
        return {month: paid for month, paid in self.paid[case_id(case)].items() if paid > 0}

    def hit(self, check: str, number: str, case: Case, grounds: list[Ground]) -> Hit:
        kind = min((ground.kind for ground in grounds), key=_GRAVEST.index)
        since = min((g.since for g in grounds if g.since), default=None)
        last = _latest(g.until for g in grounds)
        stops = case[1]["stop_date"]
        ends = [day for day in (last, stops and stops - timedelta(days=1)) if day]
        began = max(case[1]["start_date"], since) if since else None
        overpaid = self._overpaid(check, number, case, since, last)
        return check, number, case_id(case), kind, began, min(ends, default=None), *overpaid

    def _overpaid(
        self, check: str, number: str, case: Case, since: date | None, until: date | None
    ) -> tuple[int | None, Decimal | None]:
        if since is None or check in ("business_owner", "insider_relative"):
            return None, None
        paid = self.months(case)
        if check == "duplicate":
            elsewhere = {m for other in self.rivals(number, case) for m in self.months(other)}
            undue = [paid[month] for month in paid if month in elsewhere]
        else:
            undue = [
                amount
                for month, amount in paid.items()
                if (month.year, month.month) > (since.year, since.month)
                and (until is None or (month.year, month.month) < (until.year, until.month))
            ]
        return len(undue), sum(undue, Decimal(0))

    def rivals(self, number: str, case: Case) -> Iterator[Case]:
        """The person's other cases that exclude this one."""
        for other in self.shown.people[self._present(number)]:
            pairs = {f"{case[0]}+{other[0]}", f"{other[0]}+{case[0]}"}
            if case_id(other) != case_id(case) and pairs & set(EXCLUSIVE):
                yield other


def _latest(days: Iterator[date | None]) -> date | None:
    """No last day where one of them has none."""
    found = list(days)
    return None if None in found else max(day for day in found if day)


def _dead(reading: _Reading, number: str, case: Case) -> Iterator[Ground]:
    for row in reading.told_of(case, "public_security__death_cancellation", "civil_affairs__cremation"):
        if reading.born(number) <= row["death_date"] <= reading.day:
            yield Ground("dead", row["death_date"])


def _elsewhere(reading: _Reading, number: str, case: Case) -> Iterator[Ground]:
    """The register names no day; a move does."""
    if case[0] not in LOCAL_BENEFITS:
        return
    answer = next(reading.about(number, "public_security__household_register"), None)
    move = reading.moves.get(number)
    kind = hukou_sub_type(answer, move)
    if kind and register_says(answer):
        yield Ground(kind)
    if kind and move and has_left(move):
        yield Ground(kind, move["moved_on"])


def _too_old(reading: _Reading, number: str, case: Case) -> Iterator[Ground]:
    benefit, row = case
    if benefit == "orphan":
        grown, school = _birthday(reading.born(number), 18), row["school_until"]
        since = max(grown, school + timedelta(days=1)) if school else grown
        if since <= reading.day:
            yield Ground("orphan_18", since)
    if benefit == "tekun" and row["person_class"] == "minor":
        grown = _birthday(reading.born(number), 16)
        if grown <= reading.day:
            yield Ground("tekun_16", grown)


def _twice(reading: _Reading, number: str, case: Case) -> Iterator[Ground]:
    for benefit, row in reading.rivals(number, case):
        kind = "same_benefit" if benefit == case[0] else "exclusive_pair"
        last = row["stop_date"] and row["stop_date"] - timedelta(days=1)
        yield Ground(kind, row["start_date"], last)


def _inside(reading: _Reading, number: str, case: Case) -> Iterator[Ground]:
    for row in reading.told_of(case, "public_security__prison"):
        out = row["released_on"] or row["sentence_end"]
        if row["sentence_start"] <= reading.day and (out is None or out >= reading.day):
            yield Ground("prison", row["sentence_start"], out)
    for row in reading.told_of(case, "public_security__detention"):
        long, out = row["custody_start"] + timedelta(days=30) < reading.day, row["custody_end"]
        if long and (out is None or out >= reading.day):
            yield Ground("custody", row["custody_start"], out)


def _owner(reading: _Reading, number: str, case: Case) -> Iterator[Ground]:
    if case[0] not in OWNER_BENEFITS:
        return
    for feed, kind in (
        ("enterprise", "enterprise"),
        ("individual_business", "individual_business"),
        ("farmer_cooperative", "cooperative"),
    ):
        for row in reading.told_of(case, f"market_regulation__{feed}"):
            works_there = feed == "enterprise" and row["role"] not in ("legal_representative", "shareholder")
            live = row["registration_status"] in ("active", "operating")
            if not works_there and live and row["established_on"] <= reading.day:
                alone = feed == "individual_business" and row["employee_count"] == 0
                yield Ground("small_family_shop" if alone else kind, row["established_on"])


def _favoured(reading: _Reading, number: str, case: Case) -> Iterator[Ground]:
    """Nobody says since when a relative decides; of an approval by the relative the step has a day."""
    benefit, member = case
    if benefit != "dibao":
        return
    yield from (Ground(kind) for kind in reading.insiders[number] - {"applicant", "applicant_kin"})
    shown = reading.shown
    home = member["household_id"]
    applied = {
        row["application_id"]
        for row in shown.rows("platform__application")
        if row["matter"] == "dibao" and home in homes_of(shown, row)
    }
    relatives = shown.rows("civil_affairs__dibao", "staff_relative")
    staff = {row["staff_id"] for row in relatives if row["relative_id_number"] == number}
    if not (applied and staff):
        return
    for step in shown.rows("platform__approval_step"):
        if step["application_id"] in applied and step["staff_id"] in staff and step["result"] == "agreed":
            on = step["finished_at"] and step["finished_at"].date()
            yield Ground("own_approval", on if on and on <= reading.day else None)


_CHECKS: dict[str, Callable[[_Reading, str, Case], Iterator[Ground]]] = {
    "dead": _dead,
    "non_local_hukou": _elsewhere,
    "over_age": _too_old,
    "duplicate": _twice,
    "imprisoned": _inside,
    "business_owner": _owner,
    "insider_relative": _favoured,
}
