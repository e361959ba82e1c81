"""Payments of the last months: mostly what is due, else short, late, returned or to somebody else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.oracle import money
from tests.random_worlds.near import INSTITUTIONS, NAMES
from tests.random_worlds.shown import ShownByWorld

if TYPE_CHECKING:
    from tests.random_worlds.worlds import Small

#: Streets where much of what was sent did not arrive: ten cases, of which fewer than ten were paid.
_ARRIVES = {"210115100": 0.6, "210123100": 0.8}
_MASKED = "****2222"


def pay(small: Small) -> None:
    """Pays what the second reading takes for due; a mistake there shows as two amounts that differ."""
    rng, day = small.rng, small.day
    numbers = {person.number for person in small.people}
    shown = ShownByWorld(small.world, day)
    cases = {(b, _key(row)): row for b, row in money.cases(shown) if row["id_number"] in numbers}
    for month in money.months(day):
        due = money.due(shown, month)
        together = _in_one_sum(small, cases, due, month)
        for case, row in cases.items():
            amount, _ = due.get(case, (None, None))
            if case in together:
                continue
            if rng.random() < (0.08 if amount else 0.8):
                continue
            for _ in range(1 if rng.random() < 0.95 else 2):
                _pay_once(small, case, row, month, amount)
    for case, row in cases.items():
        if rng.random() < 0.5:
            _ran_on(small, case, row)


def _in_one_sum(
    small: Small, cases: dict[tuple[str, str], Any], due: dict[tuple[str, str], Any], month: date
) -> set[tuple[str, str]]:
    """Pays some families under the case of one of them, now and then a yuan more or less; their cases."""
    homes: dict[str, list[tuple[str, str]]] = {}
    for case, row in cases.items():
        if case[0] == "dibao" and case in due:
            homes.setdefault(row["household_id"], []).append(case)
    done: set[tuple[str, str]] = set()
    for members in homes.values():
        amounts = [due[case][0] for case in members]
        if None not in amounts and sum(amounts) > 0 and small.aside.random() < 0.3:
            bearer = small.aside.choice(members)
            total = sum(amounts) + small.aside.choice((0, 0, 0, 1, -1))
            _pay_once(small, bearer, cases[bearer], month, total)
            done |= set(members)
    return done


def _payee(small: Small, row: dict[str, Any]) -> str:
    """Somebody else's name: of the family, a guardian, an institution, anybody."""
    known = [row.get("institution_name"), row.get("guardian_name"), *(p.name for p in small.people)]
    return str(small.aside.choice([name for name in (*known, *NAMES, *INSTITUTIONS) if name]))


def _ran_on(small: Small, case: tuple[str, str], row: dict[str, Any]) -> None:
    """Months before those whose payments are looked at: to who had died, was inside, held two benefits."""
    rng, month = small.rng, money.months(small.day)[-1]
    for _ in range(rng.randint(1, 4)):
        month = (month - timedelta(days=1)).replace(day=1)
        if rng.random() < 0.2:
            continue
        if rng.random() < 0.15:
            _sent_back(small, case, row, month)
        else:
            _pay_once(small, case, row, month, Decimal(rng.choice((99, 385))))


def _sent_back(small: Small, case: tuple[str, str], row: dict[str, Any], month: date) -> None:
    """Paid, then returned by the day."""
    paid = {
        "payment_id": small.key("P"), "pay_month": month, "benefit_type": case[0], "case_id": case[1],
        "id_number": row["id_number"], "payee_name": row["full_name"], "amount": Decimal(100),
        "paid_on": month, "account_no": _MASKED,
    }  # fmt: skip
    for days, result in ((5, "paid"), (0, "returned")):
        small.world.add(
            "platform__payment_result", small.day - timedelta(days=days), **paid, result=result,
            updated_at=datetime(2018, 1, 3 - min(days, 1)),
        )  # fmt: skip


def _account(small: Small, case: tuple[str, str]) -> dict[str, str | None]:
    """One of one's own, or one of two that all may use; known or not."""
    rng = small.aside
    if rng.random() < 0.4:
        return {"account_no": _MASKED, "account_digest": rng.choice((None, f"{small.seed}-{case}"))}
    return {"account_no": _MASKED, "account_digest": f"{small.seed}-{rng.choice('aab')}"}


def _key(row: dict[str, Any]) -> str:
    return str(row.get("member_id") or row["case_id"])


def _pay_once(
    small: Small, case: tuple[str, str], row: dict[str, Any], month: date, amount: Decimal | None
) -> None:
    rng, number, name = small.rng, row["id_number"], row["full_name"]
    arrives = _ARRIVES.get(row["region_code"][:9], 0.92)
    result = "paid" if rng.random() < arrives else rng.choice(("returned", "pending"))
    if amount is None or rng.random() < 0.05:
        amount = (amount or Decimal(100)) + rng.choice((-1, 0, 1))
    on = month + timedelta(days=8 if rng.random() < 0.8 else rng.choice((9, 10)))
    if result == "paid" and amount > 2 and rng.random() < 0.1:  # in two parts
        small.add(
            "platform__payment_result", payment_id=small.key("P"), pay_month=month, benefit_type=case[0],
            case_id=case[1], id_number=number, payee_name=name, amount=1, result="paid",
            paid_on=month + timedelta(days=rng.choice((0, 8, 9, 10))), **_account(small, case),
        )  # fmt: skip
        amount -= 1
    small.add(
        "platform__payment_result", payment_id=small.key("P"), pay_month=month, benefit_type=case[0],
        case_id=case[1], id_number=number, payee_name=name if rng.random() < 0.9 else _payee(small, row),
        amount=amount, paid_on=on if result == "paid" else None, result=result,
        **_account(small, case),
    )  # fmt: skip
