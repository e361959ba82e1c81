"""How urgent each warning is, who handles it where and until when: a second reading.

Severity by sub-type, level by rule, days by severity stand in the seeds. Working days are counted with
chinese_calendar. The place is that of the benefit a warning speaks of, the first by the order of benefits;
where only some of a person's benefits may meet the rule, that of any of them is taken for right.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from tests.oracle.second_reading import Row, Shown, workday
from tests.support.dbt import PROJECT

#: rule, subject, event, sub-type, severity, level, place, due on
Handled = tuple[str, str, str, str, str, str, str | None, date]
#: Rules that look at every benefit of a person alike.
_OF_PERSONS = ("death", "hukou", "imprisoned", "business_owner", "insider_relative")
_HOMES = "civil_affairs__elder_care"


@cache
def _seed(name: str) -> tuple[Row, ...]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8") as lines:
        return tuple(csv.DictReader(lines))


def due_on(day: date, severity: str) -> date:
    """So many working days after the day the warning opens, which is not counted; of a red one the last
    working day before the next tenth if that is earlier, or the day itself where none is left."""
    left = next(int(row["due_working_days"]) for row in _seed("severities") if row["severity"] == severity)
    latest = last = day
    while left:
        last += timedelta(days=1)
        left -= workday(last)
    if severity != "red":
        return last
    between = day + timedelta(days=1)
    while between.day != 10:
        latest = between if workday(between) else latest
        between += timedelta(days=1)
    return min(last, latest)


def mishandled(shown: Shown, told: set[Handled]) -> Iterator[tuple[str, ...]]:
    """What of the told warnings differs: rule, subject, event, what, as told, as read."""
    severities = {(row["rule_id"], row["sub_type"]): row["severity"] for row in _seed("rule_sub_types")}
    for rule, subject, event, sub_type, severity, level, place, due in sorted(told, key=str):
        want = severities.get((rule, sub_type), "no such sub-type")
        places = _places(shown, rule, subject, event, sub_type)
        for what, as_told, right, as_read in (
            ("severity", severity, severity == want, want),
            ("level", level, level == (read := _level(shown, rule, subject)), read),
            ("due on", due, due == (until := due_on(shown.day, severity)), until),
            ("place", place, place in places, places),
        ):
            if not right:
                yield rule, subject, event, what, str(as_told), str(as_read)


def _level(shown: Shown, rule: str, subject: str) -> str:
    """The level of the rule; of an application that of its step, of a city's organisation the city."""
    level = next(row["handler_level"] for row in _seed("rules") if row["rule_id"] == rule)
    if rule == "overdue_task":
        return str(_one(shown, "platform__application", "application_id", subject)["current_level"] or level)
    if rule == "soc_org_annual":
        place = _one(shown, "civil_affairs__social_organisation", "uscc", subject)["region_code"]
        return "city" if place.endswith("00000000") else str(level)
    return str(level)


def _one(shown: Shown, feed_id: str, key: str, value: str, table: str = "main") -> Row:
    return next(row for row in shown.rows(feed_id, table) if row[key] == value)


def _places(shown: Shown, rule: str, subject: str, event: str, sub_type: str) -> set[str]:
    if rule == "overdue_task":
        return {_one(shown, "platform__application", "application_id", subject)["region_code"]}
    if rule == "soc_org_annual":
        return {_one(shown, "civil_affairs__social_organisation", "uscc", subject)["region_code"]}
    if sub_type == "street_total":
        return {subject}
    if sub_type == "over_beds":
        return {h["region_code"] for h in shown.rows(_HOMES, "institution") if h["uscc"] == subject}
    if rule == "elder_occupancy":
        stay = _one(shown, _HOMES, "stay_id", event.split(":")[1].split("+")[0], "stay")
        return {_one(shown, _HOMES, "institution_id", stay["institution_id"], "institution")["region_code"]}
    if rule == "funeral_subsidy":
        homes = {row["funeral_home"]: row["region_code"] for row in _seed("funeral_homes")}
        rows = [r for r in shown.rows("civil_affairs__cremation") if r["id_number"] == subject]
        return {homes[r["funeral_home"]] for r in rows if r["cremation_no"] == event.split(":")[-1]} or {
            homes[r["funeral_home"]] for r in rows
        }
    applies = sub_type in ("applicant", "applicant_kin")
    if applies or (sub_type == "own_approval" and not shown.benefits(subject, ("dibao",))):
        rows = shown.rows("platform__application")
        return {r["region_code"] for r in rows if r["id_number"] == subject and r["matter"] == "dibao"}
    return _of_benefits(shown, rule, subject, event)


def _of_benefits(shown: Shown, rule: str, subject: str, event: str) -> set[str]:
    order = [row["benefit_type"] for row in _seed("benefits")]
    covered = [row["benefit_type"] for row in _seed("rule_benefits") if row["rule_id"] == rule] or order
    if rule == "duplicate_benefit":
        covered = event.split("+")
    if rule == "age_band":
        bands = [row["benefit_type"] for row in _seed("age_bands") if row["sub_type"] == event]
        covered = bands or [event.split("_")[0]]
    if rule == "payment_anomaly":  # told of a case, which may have ended
        benefit = event.split(":")[-1]
        cases = (row for b, row in shown.enrolments() if b == benefit)
        return {row["region_code"] for row in cases if row["id_number"] == subject}
    if rule == "review_due" and event == "liveness":
        covered = ["dibao", "tekun", "old_age"]
    held = [(order.index(b), row) for b, row in shown.benefits(subject) if b in covered]
    # a fact counts against cases of its own name, which need not be the first: one under a former number,
    # and one of somebody whose number somebody else bears as well
    shared = len({row["full_name"] for _, row in held}) > 1
    if rule not in _OF_PERSONS or shared or subject in shown.present.values():
        return {row["region_code"] for _, row in held}
    first = min((rank, row["start_date"]) for rank, row in held)
    return {row["region_code"] for rank, row in held if (rank, row["start_date"]) == first}
