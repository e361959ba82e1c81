"""The contract's rules a second time, in plain Python over what the departments show on a day.

Written from the wording of the rules, not from the city's modules nor from the SQL: where its findings
differ from the truth that was written at planting, either somebody meets a rule unplanned or a plant does
not meet its own.
"""

from __future__ import annotations

import calendar
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import polars as pl

from connectors.catalogue import load_feed
from sandbox.city.ground.defects import HARMLESS
from tests.oracle.families import FAMILY_RULES
from tests.oracle.funerals import funeral_subsidy
from tests.oracle.incomes import income_change
from tests.oracle.means import MEANS_RULES
from tests.oracle.money import payment_anomaly
from tests.oracle.names import is_called, simplified, tell_former_names
from tests.oracle.numbers import (
    Held,
    Told,
    by_person,
    laid_at_their_door,
    present_numbers,
    same_person,
    speaks,
)
from tests.oracle.register import has_left, hukou_sub_type, last_moves, register_says
from tests.oracle.reviews import review_due
from tests.oracle.stays import elder_occupancy

Row = dict[str, Any]
#: kind, rule or check, subject, event (or benefit), sub-type, confidence
Finding = tuple[str, str, str, str, str | None, str]

ALLOWANCES = "civil_affairs__disability_allowance"
REGISTRIES = {
    "civil_affairs__dibao": "dibao",
    "civil_affairs__tekun": "tekun",
    "civil_affairs__orphan": "orphan",
    "civil_affairs__low_income": "low_income",
}
EXCLUSIVE = (
    "dibao+tekun",
    "dibao+orphan",
    "tekun+orphan",
    "tekun+disability_living",
    "tekun+disability_care",
    "orphan+disability_living",
    "dibao+dibao",
    "tekun+tekun",
    "orphan+orphan",
    "low_income+low_income",
    "disability_living+disability_living",
    "disability_care+disability_care",
    "old_age+old_age",
)
LOCAL_BENEFITS = ("dibao", "tekun", "low_income", "old_age")
OWNER_BENEFITS = ("dibao", "low_income", "tekun")
#: Holidays of every year whatever the weekday: New Year, Labour Day, National Day, as the law is since 2025.
STATUTORY = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
LIMITS = {"dibao": 25, "disability_allowance": 3, "child_welfare_certificate": 10}


class Shown(ABC):
    """What every department shows at the end of one day, as plain rows; where from, a subclass says."""

    def __init__(self, day: date) -> None:
        self.day = day
        self._read: dict[tuple[str, str], list[Row]] = {}
        self.holders: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        for benefit, row in self.enrolments():
            begun, over = row["start_date"], row["stop_date"]
            if row["status"] == "active" and begun <= day and (over is None or over > day):
                self.holders[row["id_number"]].append((benefit, row))
        tell_former_names(self)
        #: by number, whom the cases and certificates call somebody's former one: see second_reading_numbers
        self.present = present_numbers(self)
        #: running benefits by the present number, whatever number the case bears
        self.people = by_person(self)

    def rows(self, feed_id: str, table: str = "main") -> list[Row]:
        if (feed_id, table) not in self._read:
            self._read[feed_id, table] = [simplified(row) for row in self._rows(feed_id, table)]
        return self._read[feed_id, table]

    @abstractmethod
    def _rows(self, feed_id: str, table: str) -> list[Row]:
        """The rows in force at the end of the day, values as decode hands them on."""

    @abstractmethod
    def versions(self, feed_id: str, table: str) -> list[Row]:
        """Every version of the rows of a registry that was told by the end of the day, the newest last."""

    @abstractmethod
    def first_told(self, feed_id: str, row: Row, key: tuple[str, ...]) -> date:
        """The day the hub first heard of what ``row`` is about; ``key`` says what makes it the same thing."""

    def enrolments(self) -> Iterator[tuple[str, Row]]:
        for feed_id, benefit in REGISTRIES.items():
            yield from ((benefit, row) for row in self.rows(feed_id))
        yield from (("disability_" + row["allowance_type"], row) for row in self.rows(ALLOWANCES))
        old_age = self.rows("civil_affairs__elder_care", "old_age_allowance")
        yield from (("old_age", row) for row in old_age)

    def benefits(self, number: str, among: tuple[str, ...] | None = None) -> list[tuple[str, Row]]:
        return [(b, r) for b, r in self.holders.get(number, []) if among is None or b in among]


class ShownByCity(Shown):
    """What the departments of a stand-in city show: its files."""

    def __init__(self, root: Path, day: date) -> None:
        self.root = root
        super().__init__(day)

    def first_told(self, feed_id: str, row: Row, key: tuple[str, ...]) -> date:
        return self.day  # to a hub that begins on that day

    def versions(self, feed_id: str, table: str) -> list[Row]:
        return self._told(feed_id, table).to_dicts()

    def _told(self, feed_id: str, table: str) -> pl.DataFrame:
        feed = load_feed(feed_id)
        frame = pl.read_parquet(self.root / "feeds" / feed_id / f"{table}.parquet")
        frame = frame.filter(pl.col("_defect").is_null() | pl.col("_defect").is_in(list(HARMLESS)))
        if not feed.cursor:
            return frame
        end = datetime.combine(self.day + timedelta(days=1), time())
        frame = frame.filter(pl.col(feed.cursor.column) < end)
        return frame.sort(feed.cursor.column, maintain_order=True)

    def _rows(self, feed_id: str, table: str) -> list[Row]:
        feed = load_feed(feed_id)
        declared = feed.table(table)
        frame = self._told(feed_id, table)
        if feed.cursor:
            frame = frame.unique(subset=list(declared.key), keep="last", maintain_order=True)
            if "operation" in frame.columns:
                frame = frame.filter(pl.col("operation") != "delete")
        else:
            frame = frame.filter(
                (pl.col("_published_on") <= self.day)
                & (pl.col("_withdrawn_on").is_null() | (pl.col("_withdrawn_on") > self.day))
            )
        return frame.to_dicts()


def findings(root: Path, day: date) -> set[Finding]:
    """Everything the rules say about one day of a stand-in city."""
    return read(ShownByCity(root, day))


def read(shown: Shown) -> set[Finding]:
    """Everything the rules say about what is shown."""
    found: set[Finding] = set()
    for rule in (_death, _hukou, _ages, _duplicates, _imprisoned, _owners, _tasks, _organisations):
        found |= set(rule(shown))
    other_rules = (income_change, *MEANS_RULES, payment_anomaly, funeral_subsidy, review_due, elder_occupancy)
    for other_rule in (*FAMILY_RULES, *other_rules):
        found |= set(other_rule(shown))
    return _surest(found)


def _sure(held: list[tuple[str, Row]], name: str) -> str:
    """One enrolment under the name of the fact is enough to be sure of the person."""
    return "confirmed" if any(is_called(row, name) for _, row in held) else "suspected"


def _both(
    held: list[tuple[str, Row]], rule: str, check: str, number: str, event: str, sub: str | None, name: str
) -> Iterator[Finding]:
    """The warning, sure when one benefit bears the fact's name; and for each benefit its own hit."""
    yield "warning", rule, number, event, sub, _sure(held, name)
    for benefit, row in held:
        yield "check", check, number, benefit, None, _sure([(benefit, row)], name)


def _surest(found: set[Finding]) -> set[Finding]:
    """What two sources say under two names is one finding, sure when one of them agrees."""
    return {f for f in found if f[5] == "confirmed" or (*f[:5], "confirmed") not in found}


def _death(shown: Shown) -> Iterator[Finding]:
    """By police or funeral home, on or before the day. Nobody dies before the birth their number tells:
    such a row is taken to be about somebody else (the dossier is silent). Who is known by no number is not
    read here."""
    facts: list[Told] = []
    for feed_id in ("public_security__death_cancellation", "civil_affairs__cremation"):
        for row in shown.rows(feed_id):
            number = row["id_number"]
            if number and row["death_date"] <= shown.day:
                born = _born(shown.present.get(number) or number)
                facts += [(number, row["full_name"], "death", "dead")] if row["death_date"] >= born else []
    yield from laid_at_their_door(shown, "death", "dead", None, facts)


def _hukou(shown: Shown) -> Iterator[Finding]:
    """Not registered in the city, or gone from it by the last move; of one day's moves the return is the
    last, else the one told last. The dossier asks for an answer "normal, here" and nothing less. A cancelled
    entry is no registration elsewhere: where a death is reported that rule speaks, where none is this one."""
    register = {row["id_number"]: row for row in shown.rows("public_security__household_register")}
    moves = last_moves(shown)
    dead = {(number, benefit) for kind, _, number, benefit, *_ in _death(shown) if kind == "check"}
    for number in shown.holders:
        held = shown.benefits(number, LOCAL_BENEFITS)
        if not held:
            continue
        answer, move = register.get(number), moves.get(number)
        sub = hukou_sub_type(answer, move)
        if sub:
            against = [answer if register_says(answer) else None, move if has_left(move) else None]
            for fact in (row for row in against if row):
                yield from _both(held, "hukou", "non_local_hukou", number, "hukou", sub, fact["full_name"])
        elif answer is None:
            yield "unanswered", "hukou", number, "hukou", None, "confirmed"
        elif answer["register_status"] == "cancelled_death":
            left = [one for one in held if (number, one[0]) not in dead]
            if left:
                sure = _sure(left, answer["full_name"])
                yield "warning", "hukou", number, "hukou", "cancelled_death", sure


def _born(number: str) -> date:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def _birthday(born: date, age: int) -> date:
    year = born.year + age
    if born.month == 2 and born.day == 29 and not calendar.isleap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


def _ages(shown: Shown) -> Iterator[Finding]:
    """Past an age on the birthday; about to be from 30 days before it until the day before. Who was born on
    29 February has the birthday on the 28th in other years (the dossier is silent). School counts through
    the day of the proof."""
    day = shown.day
    for number, held in shown.people.items():
        born = _born(shown.present.get(number, number))
        found: dict[str, list[Held]] = defaultdict(list)
        for benefit, row in held:
            if sub := _too_old(benefit, row, born, day):
                found[sub].append((benefit, row))
        for sub in found:
            for benefit, row in found[sub]:
                yield "check", "over_age", row["id_number"], benefit, None, "confirmed"
        for age, sub, among in (
            (18, "dibao_turns_18", ("dibao",)),
            (60, "dibao_turns_60", ("dibao",)),
            (80, "turns_80", ("dibao", "low_income") if born.year + 80 < 2025 else None),
            (90, "turns_90", None),
            (100, "turns_100", None),
        ):
            if day < _birthday(born, age) <= day + timedelta(days=30):
                found[sub] += [h for h in held if among is None or h[0] in among]
        for sub, speaking in found.items():
            if speaking:
                yield "warning", "age_band", speaks(speaking), sub, sub, "confirmed"


def _too_old(benefit: str, row: Row, born: date, day: date) -> str | None:
    at_school = benefit == "orphan" and row["school_until"] and row["school_until"] >= day
    if benefit == "orphan" and _birthday(born, 18) <= day and not at_school:
        return "orphan_18"
    minor = benefit == "tekun" and row["person_class"] == "minor"
    return "tekun_16" if minor and _birthday(born, 16) <= day else None


def _duplicates(shown: Shown) -> Iterator[Finding]:
    """Sure when two records of the pair bear one number and name, though a third may bear another (the
    dossier is silent; read as where two sources tell of one fact)."""
    for held in shown.people.values():
        for pair in EXCLUSIVE:
            met = []
            for mine in held:
                others = [
                    h
                    for h in held
                    if h[1] is not mine[1] and sorted((h[0], mine[0])) == sorted(pair.split("+"))
                ]
                sure = any(same_person(r, mine[1]["id_number"], mine[1]["full_name"]) for _, r in others)
                met += [(mine, "confirmed" if sure else "suspected")] if others else []
            for (benefit, row), words in met:
                yield "check", "duplicate", row["id_number"], benefit, None, words
            if met:
                subject, words = speaks(h for h, _ in met), min(w for _, w in met)
                sub = "same_benefit" if len(set(pair.split("+"))) == 1 else "exclusive_pair"
                yield "warning", "duplicate_benefit", subject, pair, sub, words


def _imprisoned(shown: Shown) -> Iterator[Finding]:
    """From the first day of a sentence through the day of release; custody of more than 30 days, through its
    last day (read as for a sentence)."""
    day, facts = shown.day, list[Told]()
    for row in shown.rows("public_security__prison"):
        if row["sentence_start"] <= day <= (row["released_on"] or row["sentence_end"]):
            facts.append((row["id_number"], row["full_name"], f"prison:{row['sentence_start']}", "prison"))
    for row in shown.rows("public_security__detention"):
        long = row["custody_start"] < day - timedelta(days=30)
        if long and (row["custody_end"] is None or row["custody_end"] >= day):
            facts.append((row["id_number"], row["full_name"], f"custody:{row['custody_start']}", "custody"))
    yield from laid_at_their_door(shown, "imprisoned", "imprisoned", None, facts)


def _owners(shown: Shown) -> Iterator[Finding]:
    """A shop that has told a number of nought employees is exempt from orange; one that told none is not. A
    record established later than the day is not live yet (both read so, the dossier is silent)."""
    facts: list[Told] = []
    for feed_id in ("enterprise", "individual_business", "farmer_cooperative"):
        for row in shown.rows("market_regulation__" + feed_id):
            live = row["registration_status"] in ("active", "operating")
            counts = feed_id != "enterprise" or row["role"] in ("legal_representative", "shareholder")
            if not (live and counts and row["established_on"] <= shown.day):
                continue
            sub = {"farmer_cooperative": "cooperative"}.get(feed_id, feed_id)
            if feed_id == "individual_business" and row["employee_count"] == 0:
                sub = "small_family_shop"
            facts.append((row["id_number"], row["full_name"], row["uscc"], sub))
    yield from laid_at_their_door(shown, "business_owner", "business_owner", OWNER_BENEFITS, facts)


def workday(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) not in STATUTORY


def _tasks(shown: Shown) -> Iterator[Finding]:
    """Working days after the day of acceptance, the business date included."""
    for row in shown.rows("platform__application"):
        if row["status"] != "open":
            continue
        days = (shown.day - row["accepted_on"]).days
        elapsed = sum(workday(row["accepted_on"] + timedelta(days=k)) for k in range(1, days + 1))
        limit = LIMITS[row["matter"]]
        if days >= 0 and elapsed >= limit - 3:
            sub = "overdue" if elapsed > limit else "remind"
            yield "warning", "overdue_task", row["application_id"], "task", sub, "confirmed"


def _organisations(shown: Shown) -> Iterator[Finding]:
    """Overdue on the last day itself, as the dossier has it (T >= 3-31); who was registered this year has no
    report to give for the last. Before 1 March nobody is reminded, not even of what is overdue since then."""
    day = shown.day
    for row in shown.rows("civil_affairs__social_organisation"):
        year = day.year - 1
        missing = (row["last_report_year"] or 0) < year
        accepted = row["last_report_accepted_on"]
        if row["state"] != "active" or row["registered_on"] > date(year, 12, 31):
            continue
        if not (missing or accepted is None or accepted > day) or day < date(day.year, 3, 1):
            continue
        last = (3, 31) if row["organisation_class"] == "foundation" else (5, 31)
        sub = "overdue" if day >= date(day.year, *last) else "reminder"
        yield "warning", "soc_org_annual", row["uscc"], str(year), sub, "confirmed"
