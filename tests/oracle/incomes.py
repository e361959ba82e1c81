"""The second reading of the rule about incomes: see ``second_reading``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle.families import reviewed
from tests.oracle.numbers import Told, laid_at_their_door

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Row, Shown


def income_change(shown: Shown) -> Iterator[Finding]:
    """An income told by the month began on its first. A gap rests on two registers and is sure when one
    of them bears the member's name (the dossier is silent); whether it is new is not asked ("after last
    review" is said of the others)."""
    facts: dict[date | None, list[Told]] = defaultdict(list)
    for number, event, sub_type, since, *names in _incomes(shown):
        facts[since] += [(number, name, event, sub_type) for name in names]
    for since, told in facts.items():

        def against(case: Row, since: date | None = since) -> bool:
            return since is None or since > reviewed(case, shown.day)

        yield from laid_at_their_door(shown, "income_change", None, ("dibao", "low_income"), told, against)


def _incomes(shown: Shown) -> Iterator[tuple[Any, ...]]:
    """number, event, sub-type, since when (None: it matters whenever it began), names of the rows."""
    yield from _work_and_pensions(shown)
    day = shown.day
    for row in shown.rows("social_security__unemployment_insurance"):
        begun, over = row["benefit_start_month"], row["benefit_end_month"]
        if begun <= day and (over is None or over >= day.replace(day=1)):
            event = f"unemployment:{begun}"
            yield row["id_number"], event, "unemployment_benefit", begun, row["full_name"]
    for row in shown.rows("social_security__public_payroll"):
        yield row["id_number"], "public_payroll", "state_paid", None, row["full_name"]


def _work_and_pensions(shown: Shown) -> Iterator[tuple[Any, ...]]:
    day = shown.day
    working = defaultdict(list)
    for row in shown.rows("social_security__employment_register"):
        if row["employed_on"] <= day and (row["ended_on"] is None or row["ended_on"] > day):
            working[row["id_number"]].append(row)
            event = f"employment:{row['record_no']}"
            yield row["id_number"], event, "employed", row["employed_on"], row["full_name"]
    for row in shown.rows("social_security__employee_pension"):
        number, begun = row["id_number"], row["pension_start_month"]
        if row["insurance_status"] == "retired" and begun is not None and begun <= day:
            yield number, f"pension:{begun}", "pension_started", begun, row["full_name"]
        if row["insurance_status"] == "paying":
            for work in working[number]:
                if _far_apart(work["monthly_wage"], row["contribution_base"]):
                    names = row["full_name"], work["full_name"]
                    yield number, f"wage_gap:{work['record_no']}", "wage_gap", None, *names


def _far_apart(wage: Any, base: Any) -> bool:
    return None not in (wage, base) and abs(base - wage) * 10 > wage * 3
