"""Reviews, proofs of life, applications and yearly reports that are due."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.dbt.cases.expected import DAY, Expected
from tests.support.hand_made_world import REGION, T, World


def review_due(w: World, e: Expected) -> None:
    def family(*dues: date | None, head: int = 0, found: int | None = None, **values: Any) -> None:
        home, members = f"FR{w.people}", [w.person() for _ in dues]
        for place, (person, due) in enumerate(zip(members, dues, strict=True)):
            given = {"relation_to_head": "本人" if place == head else "其他", "last_review_on": T - 40 * DAY,
                     "household_id": home, "review_due_on": due}  # fmt: skip
            w.benefit("dibao", person, **{**given, **(values if place == head else {})})
        if found is not None:
            due = min(day for day in dues if day)
            sub_type = "review_soon" if due >= T else "review_overdue"
            e.warn("review_due", members[found], f"review:{due}", sub_type)

    for days, found in ((-1, 0), (0, 0), (1, 0), (30, 0), (31, None)):
        family(T + days * DAY, found=found)
    family(None)
    # finished, though the registry names no next day yet; one made the day before was another review
    family(T - 3 * DAY, last_review_on=T - 3 * DAY)
    family(T - 3 * DAY, last_review_on=T - 4 * DAY, found=0)
    # once a family: about the head, or without one about the member entered first; the earliest day
    family(T, T, T, head=1, found=1)
    family(T, T, T, head=2, found=0, status="suspended")
    family(T + 5 * DAY, T - 5 * DAY, found=0)
    family(T + 200 * DAY, None, T + DAY, found=0)
    family(T, status="stopped")
    moved: dict[str, Any] = {"member_id": "CRM", "household_id": "FRM", "last_review_on": T - 40 * DAY}
    person = w.person()
    w.benefit("dibao", person, **moved, review_due_on=T, updated_at="2020-05-01")
    w.benefit("dibao", person, **moved, review_due_on=T + 200 * DAY, updated_at="2020-05-02")
    _proofs_of_life(w, e)


def _proofs_of_life(w: World, e: Expected) -> None:
    def case(kind: str, *days: int, found: bool, begun: int = 400, **values: Any) -> None:
        person = w.person()
        w.benefit(kind, person, alive=False, start_date=T - begun * DAY, **values)
        for ago in days:
            w.alive(person, T - ago * DAY)
        if found:
            e.warn("review_due", person, "liveness", "liveness_missing")

    for kind in ("tekun", "old_age"):
        case(kind, found=True)
        case(kind, 180, found=True)
        case(kind, 179, found=False)
        case(kind, -1, 181, found=True)
        case(kind, 0, 300, found=False)
        case(kind, begun=180, found=True)
        case(kind, begun=179, found=False)
        case(kind, found=False, status="suspended")
    for number, (kind, days, found, begun) in enumerate(
        (
            *(("dibao", (), True, 400), ("dibao", (180,), True, 400), ("dibao", (179,), False, 400)),
            *(("dibao", (), True, 180), ("dibao", (), False, 179), ("dibao", (-1, 181), True, 400)),
            ("low_income", (), False, 400),
        )
    ):
        case(kind, *days, found=found, begun=begun, household_id=f"FP{number}")
    _proofs_of_families(w, e)
    # one warning for two benefits; a proof taken back; one whose day was corrected
    both, back, corrected = w.person(), w.person(), w.person()
    for kind in ("tekun", "old_age"):
        w.benefit(kind, both, alive=False)
    w.benefit("tekun", back, alive=False)
    w.alive(back, confirmation_id="LB", updated_at="2020-05-01", as_of=T - 5 * DAY)
    w.alive(back, confirmation_id="LB", updated_at="2020-05-08", operation="delete")
    w.benefit("old_age", corrected, alive=False)
    w.alive(corrected, T, confirmation_id="LC", updated_at="2020-05-01", as_of=T - 5 * DAY)
    w.alive(corrected, T - 200 * DAY, confirmation_id="LC", updated_at="2020-05-08")
    for person in (both, back, corrected):
        e.warn("review_due", person, "liveness", "liveness_missing")


def _proofs_of_families(w: World, e: Expected) -> None:
    # one of a family will do, receiving or not; else its head is told; the family is as old as its first
    for number, (seen, ago, found) in enumerate(
        (("child", 10, False), ("suspended", 10, False), ("child", 180, True), ("nobody", 0, True))
    ):
        people = {"child": w.person(), "head": w.person(), "suspended": w.person()}
        for role, person in people.items():
            w.benefit("dibao", person, alive=False, household_id=f"FQ{number}",
                      relation_to_head={"head": "户主"}.get(role, "子"),
                      start_date=T - (400 if role == "head" else 20) * DAY,
                      status="suspended" if role == "suspended" else "active")  # fmt: skip
        if seen in people:
            w.alive(people[seen], T - ago * DAY)
        if found:
            e.warn("review_due", people["head"], "liveness", "liveness_missing")


def overdue_task(w: World, e: Expected) -> None:
    def case(matter: str, accepted: date, sub_type: str | None, **values: Any) -> None:
        w.cases += 1
        application = f"A{w.cases}"
        given = {"status": "open", "current_level": "street", **values}
        w.add("platform__application", application_id=application, matter=matter, id_number=w.person(),
              region_code=REGION, accepted_on=accepted, **given)  # fmt: skip
        if sub_type:
            e.warn("overdue_task", application, "task", sub_type)

    # 2020-05-12 is a Tuesday; 1 to 5 May are free, 26 April and 9 May are worked
    case("disability_allowance", T, "remind")
    case("disability_allowance", date(2020, 5, 8), "remind")
    case("disability_allowance", date(2020, 5, 7), "overdue")
    case("child_welfare_certificate", date(2020, 4, 28), "remind")
    case("child_welfare_certificate", date(2020, 4, 30), None)
    case("child_welfare_certificate", date(2020, 4, 20), "overdue")
    case("dibao", date(2020, 3, 1), "overdue")
    case("dibao", date(2020, 5, 6), None)
    case("disability_allowance", date(2020, 1, 1), None, status="approved")
    case("disability_allowance", T + DAY, None)
    case("dibao", date(2005, 1, 1), "overdue", current_level=None)


def soc_org_annual(w: World, e: Expected) -> None:
    def case(sub_type: str | None, kind: str = "association", **values: Any) -> None:
        w.cases += 1
        uscc = f"S{w.cases}"
        given = {
            "state": "active", "registered_on": date(2015, 1, 1), "last_report_year": 2018,
            "last_report_accepted_on": date(2019, 4, 1), "region_code": "210102000000", **values,
        }  # fmt: skip
        w.add("civil_affairs__social_organisation", uscc=uscc, organisation_class=kind, **given)
        if sub_type:
            e.warn("soc_org_annual", uscc, "2019", sub_type)

    case("reminder")
    case("reminder", "private_non_enterprise", region_code="210100000000")
    case("overdue", "foundation")
    case("overdue", "foundation", last_report_year=None, last_report_accepted_on=None)
    case(None, "foundation", last_report_year=2019, last_report_accepted_on=T)
    case("overdue", "foundation", last_report_year=2019, last_report_accepted_on=T + DAY)
    case("overdue", "foundation", last_report_year=2019, last_report_accepted_on=None)
    case(None, "foundation", registered_on=date(2020, 1, 1))
    case("overdue", "foundation", registered_on=date(2019, 12, 31), last_report_year=None)
    case(None, state="deregistered")
