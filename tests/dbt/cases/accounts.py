"""One account for several families."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.dbt.cases.expected import Expected, pay_out
from tests.support.hand_made_world import World


def shared_accounts(w: World, e: Expected) -> None:
    """One account for two families, unless somebody may be paid for both; its end is not the account."""
    april, may = date(2020, 4, 1), date(2020, 5, 1)

    def alone(**register: Any) -> tuple[str, str]:
        person = w.person()
        if register:
            w.register(person, **register)
        case = w.benefit("dibao", person, household_id=f"PS{w.people}", category="普通",
                         standard_class="urban", household_income=85)  # fmt: skip
        return person, case.split(":")[1]

    def paid(case: tuple[str, str], account: str | None, earlier: str | None = None, **values: Any) -> None:
        pay_out(w, "dibao", case[1], case[0], april, 600, account=earlier)
        pay_out(w, "dibao", case[1], case[0], may, 600, account=account, **values)

    def warned(case: tuple[str, str], sub_type: str = "shared_account") -> None:
        e.warn("payment_anomaly", case[0], "pay:2020-05:dibao", sub_type, "suspected")

    one, other, late, stranger = alone(), alone(), alone(), alone()
    paid(one, "a1")
    paid(other, "a1")
    paid(late, "a1", day=11)
    paid(stranger, "a1", payee="孙七")
    for case, sub_type in ((one, None), (other, None), (late, None), (stranger, "wrong_payee")):
        warned(case, sub_type or "shared_account")
    # in another month; not the whole number; another account with that end
    paid(alone(), "a2")
    paid(alone(), "a3", earlier="a2")
    for account in (None, None, "a4"):
        paid(alone(), account)
    # two homes of one household book
    for word in ("户主", "子"):
        paid(alone(household_no="HBS", relation_to_head=word), "a5")
    # a family of two, by one account for both
    family = [w.person(), w.person()]
    for person in family:
        key = w.benefit("dibao", person, household_id="PSF", category="普通", standard_class="urban",
                        household_income=600)  # fmt: skip
        for month in (april, may):
            pay_out(w, "dibao", key.split(":")[1], person, month, 385, account="a6")
