"""What each rule must find and what it must leave alone, one function per rule, a module per idea.

A case adds rows to the world and returns its expectations; everything not expected must not be found,
since the tests compare whole tables. One world: every case must see its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.dbt.cases.accounts import shared_accounts
from tests.dbt.cases.care_homes import elder_occupancy
from tests.dbt.cases.certificates import disability_cert, marriage_change
from tests.dbt.cases.deaths import death, linked_death
from tests.dbt.cases.expected import Expected, pay_out
from tests.dbt.cases.funerals import funeral_pair, funeral_subsidy
from tests.dbt.cases.insiders import business_owner, insider_relative
from tests.dbt.cases.means import income_change, means
from tests.dbt.cases.payments import payees, payment_anomaly, payment_of_families, payment_of_streets
from tests.dbt.cases.people import age_band, duplicate, hukou, imprisoned
from tests.dbt.cases.reviews import overdue_task, review_due, soc_org_annual
from tests.support.hand_made_world import T, World

__all__ = ["CASES", "Expected", "build"]

CASES: tuple[Callable[[World, Expected], None], ...] = (
    death, linked_death, hukou, age_band, duplicate, imprisoned, business_owner, insider_relative,
    overdue_task, soc_org_annual, disability_cert, marriage_change, income_change, means, payment_anomaly,
    payment_of_families, payees, shared_accounts, payment_of_streets,
    funeral_pair, funeral_subsidy, review_due, elder_occupancy,
)  # fmt: skip


def build() -> tuple[World, Expected]:
    world, expected = World(), Expected()
    for case in CASES:
        case(world, expected)
    _pay(world)
    return world, expected


def _pay(w: World) -> None:
    """Everybody on tekun or the orphans' allowance is paid what April and May are due: nothing to find.

    Cases on dibao have no category unless a case gives them one: nobody knows what they are due, and
    something arrives for each family.
    """
    _pay_something(w)
    sent = {(row["case_id"], row["pay_month"]) for row in w.rows["platform__payment_result", T]}
    for table, kind, amount in (("civil_affairs__tekun", "tekun", 1062 + 181),
                                ("civil_affairs__orphan", "orphan", 1737)):  # fmt: skip
        newest: dict[str, dict[str, Any]] = {}
        for (name, _), rows in sorted(w.rows.items()):
            if name == table:
                for row in sorted(rows, key=lambda row: str(row["updated_at"])):
                    newest[row["case_id"]] = row
        for row in newest.values():
            for month in (date(2020, 4, 1), date(2020, 5, 1)):
                runs = row["start_date"] <= month and (row["stop_date"] is None or row["stop_date"] > month)
                runs = runs and (row["case_id"], month) not in sent
                if runs and row["status"] != "suspended" and row["operation"] != "delete":
                    pay_out(w, kind, row["case_id"], row["id_number"], month, amount, row["full_name"])


def _pay_something(w: World) -> None:
    """To each household on dibao of which no case was paid, under its last case."""
    rows = [row for row in w.rows["civil_affairs__dibao", T] if row["status"] == "active"]
    sent = {(row["case_id"], row["pay_month"]) for row in w.rows["platform__payment_result", T]}
    for month in (date(2020, 4, 1), date(2020, 5, 1)):
        homes: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            if row["start_date"] <= month and (row["stop_date"] is None or row["stop_date"] > month):
                homes.setdefault(row["household_id"], []).append(row)
        for members in homes.values():
            if not any((row["member_id"], month) in sent or row["category"] for row in members):
                last = members[-1]
                pay_out(w, "dibao", last["member_id"], last["id_number"], month, 10, last["full_name"])
