"""What a case expects, and what several cases do to the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.support.hand_made_world import T, World

DAY = timedelta(days=1)


@dataclass
class Expected:
    """warnings: (rule, subject, event, sub-type, confidence); hits: (check, person, benefit, confidence)."""

    warnings: set[tuple[str, str, str, str, str]] = field(default_factory=set)
    hits: set[tuple[str, str, str, str]] = field(default_factory=set)
    unanswered: set[tuple[str, str]] = field(default_factory=set)

    def warn(self, rule: str, subject: str, event: str, sub_type: str, confidence: str = "confirmed") -> None:
        self.warnings.add((rule, subject, event, sub_type, confidence))

    def hit(self, check: str, person: str, enrolment: str, confidence: str = "confirmed") -> None:
        self.hits.add((check, person, enrolment, confidence))


def report_death(
    w: World, person: str, day: date, name: str = "张三", funeral: bool = False, **values: Any
) -> None:
    if funeral:
        w.cases += 1
        w.add("civil_affairs__cremation", cremation_no=f"H{w.cases}", id_number=person, full_name=name,
              death_date=day, cremated_on=day + 3 * DAY, **values)  # fmt: skip
    else:
        w.add("public_security__death_cancellation", id_number=person, full_name=name, death_date=day,
              cancelled_on=day + 20 * DAY, **values)  # fmt: skip


def pay_out(w: World, kind: str, case: str, person: str, month: date, amount: float, payee: str = "张三",
          day: int = 9, result: str = "paid", account: str | None = None) -> None:  # fmt: skip
    w.cases += 1
    w.add("platform__payment_result", payment_id=f"Z{w.cases}", pay_month=month, benefit_type=kind,
          case_id=case, id_number=person, payee_name=payee, amount=amount,
          paid_on=month.replace(day=day), result=result,
          account_no="****0001", account_digest=account)  # fmt: skip


def renumbered(
    w: World, kind: str, key: str, birth: date = date(1940, 6, 15), **values: Any
) -> tuple[str, str]:
    """A case that bore another number of the same person before; the former and the present number."""
    former, now = w.person(birth), w.person(birth)
    w.benefit(kind, former, registered=False, alive=False, case_id=key, as_of=T - 3 * DAY,
              updated_at="2020-05-01", **values)  # fmt: skip
    w.benefit(kind, now, case_id=key, updated_at="2020-05-02", **values)
    return former, now
