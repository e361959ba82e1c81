"""The second reading of whose money goes to one account: see ``second_reading``."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.oracle.payees import Case, books_of
from tests.oracle.stays import who

if TYPE_CHECKING:
    from tests.oracle.second_reading import Row, Shown

_FROM_FAMILIES = 2


class Accounts:
    """Who is one family, and who may be paid for whom: people by their present number, else by name."""

    def __init__(self, shown: Shown) -> None:
        held = {(b, str(row.get("member_id") or row["case_id"])): row for b, row in shown.enrolments()}
        self._held = held
        self._person = {case: who(shown, row["id_number"]) for case, row in held.items()}
        self._homes: dict[str, set[str]] = defaultdict(set)
        members: dict[str, set[str]] = defaultdict(set)
        for case, person in self._person.items():
            if home := _home(case, held[case]):
                self._homes[person].add(home)
                members[home].add(person)
        self._may_be_paid: dict[str, set[str]] = defaultdict(set)
        for person, homes in self._homes.items():
            self._may_be_paid[person].update(*(members[home] for home in homes))
        book = books_of(shown)
        for case, person in self._person.items():
            row = held[case]
            theirs = {who(shown, kin["id_number"]) for kin in book.get(row["id_number"], ())}
            self._may_be_paid[person] |= {person} | theirs
            if case[0] == "orphan" and row["guardian_name"]:
                number = row["guardian_id_number"]
                self._may_be_paid[person].add(who(shown, number) if number else row["guardian_name"])

    def shared(self, paid: dict[Case, list[Row]]) -> set[Case]:
        """Of what was paid for a month: the cases beside a family with which they have nobody in common."""
        users: dict[str, set[Case]] = defaultdict(set)
        of_institutions = set()
        for case in set(paid) & set(self._held):
            for row in paid[case]:
                account = _whole(row)
                if row["result"] == "paid" and account:
                    users[account].add(case)
                    if self._is_institution(case, row):
                        of_institutions.add(account)
        found = set()
        for account in users.keys() - of_institutions:
            families: dict[str, set[Case]] = defaultdict(set)
            for case in users[account]:
                families[self._family(case)].add(case)
            payees = {family: self._payees(cases) for family, cases in families.items()}
            for family, cases in families.items():
                strangers = [f for f in families if f != family and not payees[f] & payees[family]]
                if strangers and len(strangers) + 1 >= _FROM_FAMILIES:
                    found |= cases
        return found

    def _family(self, case: Case) -> str:
        person = self._person[case]
        return _home(case, self._held[case]) or min(self._homes[person], default=f"alone {person}")

    def _payees(self, cases: set[Case]) -> set[str]:
        return set().union(*(self._may_be_paid[self._person[case]] for case in cases))

    def _is_institution(self, case: Case, payment: Row) -> bool:
        row = self._held[case]
        if case[0] not in ("tekun", "orphan") or row["support_form"] != "central":
            return False
        return case[0] == "orphan" or bool(
            row["institution_name"] and payment["payee_name"] == row["institution_name"]
        )


def _home(case: Case, row: Row) -> str | None:
    home = row.get("household_id")
    return f"{case[0]} {home}" if home else None


def _whole(payment: Row) -> str | None:
    """The account, where the platform sent its whole number: however it is written, or as its digest."""
    if payment.get("account_digest"):
        return str(payment["account_digest"])
    bare = re.sub(r"[\s-]", "", payment["account_no"])
    return bare if re.fullmatch(r"[0-9]{12,}", bare) else None
