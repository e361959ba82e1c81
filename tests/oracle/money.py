"""The second reading of what is due and what was paid: see ``second_reading``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.oracle.accounts import Accounts
from tests.oracle.families import HEADS
from tests.oracle.means import STANDARDS, WAGES
from tests.oracle.payees import known_payees

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Row, Shown

_UPLIFT = {"普通": 0, "重残": 20, "重病": 20, "七十岁以上老人": 15, "未成年人": 10, "在校生": 10}
#: Before the first of these: tekun urban, rural in homes, rural at home. Of orphans no rate is known.
_RATES_BEFORE = (date(2018, 7, 1), 1048, 800, 585)
#: From the day on: tekun urban, rural; orphans in homes, in families.
_RATES = (
    (date(2019, 7, 1), 1062, 788, 1737, 1310),
    (date(2020, 7, 1), 1105, 820, 1807, 1363),
    (date(2021, 7, 1), 1144, 914, 1900, 1460),
    (date(2022, 7, 1), 1184, 1070, 2170, 2170),
    (date(2023, 7, 1), 1226, 1226, 2322, 2322),
)
_CARE = {"self_care": 10, "partial_care": 6, "full_care": 3}
_OLD_AGE = {"80-89_low_income": 100, "90-99": 200, "100+": 800}
#: Admitted alone up to so many standards; the last reason is the one that is told.
_ALONE = {"重残": 3, "重病": 5}
_ORDER = ("no_dibao", "work_injury_care", "orphan", "tekun")
_MONTHLY = ("dibao", "tekun", "orphan")
#: As ``docs/explain/rules.md`` lists them.
_GRAVEST = ("not_paid", "returned", "not_due", "amount_differs", "wrong_payee", "shared_account", "late")
Case = tuple[str, str]
Owed = tuple[Decimal | None, str | None]


def payment_anomaly(shown: Shown) -> Iterator[Finding]:
    """One warning a family and month, told of the head, of the gravest there is. Who is on no household's
    benefit is a family alone."""
    yield from street_totals(shown)
    held = {(benefit, _key(row)): row for benefit, row in cases(shown)}
    names = known_payees(shown, held)
    accounts = Accounts(shown)
    told: dict[tuple[str, str], set[tuple[str, bool]]] = defaultdict(set)
    for month in months(shown.day):
        owed = due(shown, month)
        paid: dict[Case, list[Row]] = defaultdict(list)
        for row in shown.rows("platform__payment_result"):
            if row["pay_month"] == month:
                paid[row["benefit_type"], row["case_id"]].append(row)
        shared = accounts.shared(paid)
        for family in _families(held, owed, paid):
            head = held[family[0]]
            found = _wrong(family, held, owed, paid, month, names)
            if shared.intersection(family):
                found.add("shared_account")
            if found:
                sub_type = min(found, key=_GRAVEST.index)
                sure = _is_sure(sub_type, family, held, owed, month, shown.day)
                told[head["id_number"], f"pay:{month:%Y-%m}:{family[0][0]}"].add((sub_type, sure))
    for (number, event), found_here in told.items():  # of two families of one head the graver is told
        words = "confirmed" if any(sure for _, sure in found_here) else "suspected"
        sub_type = min((sub for sub, _ in found_here), key=_GRAVEST.index)
        yield "warning", "payment_anomaly", number, event, sub_type, words


def _families(
    held: dict[Case, Row], owed: dict[Case, Owed], paid: dict[Case, list[Row]]
) -> Iterator[list[Case]]:
    """The cases of a family that something is due to, the head's first; a case nothing is due to is alone."""
    homes: dict[str, list[Case]] = defaultdict(list)
    for case in (set(owed) | set(paid)) & set(held):
        home = held[case]["household_id"] if case[0] == "dibao" and case in owed else str(case)
        homes[home].append(case)
    for those in homes.values():
        yield sorted(those, key=lambda case: (held[case].get("relation_to_head", "本人") not in HEADS, case))


def _is_sure(
    sub_type: str, family: list[Case], held: dict[Case, Row], owed: dict[Case, Owed], month: date, day: date
) -> bool:
    if sub_type == "amount_differs":
        return not any(_reviewed_since(held[case], month, day) for case in family)
    if sub_type == "not_paid":
        return any(owed[case][0] for case in family)
    return sub_type not in ("wrong_payee", "shared_account")


def _reviewed_since(row: Row, month: date, day: date) -> bool:
    """The income in the registry is what a review found after the month had begun."""
    review = row.get("last_review_on")
    return bool(review and month < review <= day)


def street_totals(shown: Shown) -> Iterator[Finding]:
    """What arrived in a street for the last month, against the month before."""
    places = {(benefit, _key(row)): row["region_code"] for benefit, row in cases(shown)}
    newest, before = months(shown.day)
    sums: dict[tuple[str, date], dict[Case, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in shown.rows("platform__payment_result"):
        case = row["benefit_type"], row["case_id"]
        if row["result"] == "paid" and _is_monthly(case[0], before) and case in places:
            sums[places[case][:9], row["pay_month"]][case] += row["amount"]
    for street in {street for street, _ in sums}:
        old, new = sums[street, before], sums[street, newest]
        total_before, total = sum(old.values(), Decimal(0)), sum(new.values(), Decimal(0))
        if len(old) >= 10 and abs(total - total_before) > total_before / 5:
            event = f"street:{newest:%Y-%m}"
            yield "warning", "payment_anomaly", f"{street}000", event, "street_total", "confirmed"


def months(day: date) -> list[date]:
    """The last two months the tenth of which is over."""
    newest = day.replace(day=1) if day.day > 10 else (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    return [newest, (newest - timedelta(days=1)).replace(day=1)]


def _is_monthly(benefit: str, month: date) -> bool:
    return benefit in _MONTHLY or (benefit == "old_age" and month >= date(2021, 7, 1))


def cases(shown: Shown) -> Iterator[tuple[str, Row]]:
    for benefit in _MONTHLY:
        yield from ((benefit, row) for row in shown.rows("civil_affairs__" + benefit))
    allowances = shown.rows("civil_affairs__disability_allowance")
    yield from (("disability_" + row["allowance_type"], row) for row in allowances)
    yield from (("old_age", row) for row in shown.rows("civil_affairs__elder_care", "old_age_allowance"))


def _key(row: Row) -> str:
    return str(row.get("member_id") or row["case_id"])


def due(shown: Shown, month: date) -> dict[Case, Owed]:
    """What is due to each case, and why nothing is. A case that is stopped ran until its day of stopping; one
    that tells no such day is not on a benefit in any month (the dossier knows "status on benefit" only)."""
    running = {
        (benefit, _key(row)): row
        for benefit, row in cases(shown)
        if row["status"] in ("active", "stopped")
        and row["start_date"] <= month
        and (row["stop_date"] > month if row["stop_date"] else row["status"] == "active")
    }
    members: dict[str, int] = defaultdict(int)
    for (benefit, _), row in running.items():
        if benefit == "dibao":
            members[row["household_id"]] += 1
    families: dict[str, set[str]] = defaultdict(set)
    for (benefit, _), row in running.items():
        if benefit == "dibao":
            families[row["household_id"]] |= set(_categories(row))
    excluded = _excluded(shown, running)
    found: dict[Case, Owed] = {}
    for (benefit, key), row in running.items():
        if benefit == "dibao":
            home = row["household_id"]
            found[benefit, key] = dibao_share(row, month, shown.day, members[home], families[home])
        elif (benefit, key) in excluded:
            found[benefit, key] = Decimal(0), excluded[benefit, key]
        else:
            found[benefit, key] = _amount(benefit, row, month), None
    for home, those in _by_formula(running, found).items():
        whole = sum((_exact(running[case], month, members[home]) for case in those), Fraction(0))
        rounded = sum((found[case][0] or Decimal(0) for case in those), Decimal(0))
        first = min(those)
        found[first] = (found[first][0] or Decimal(0)) + int(whole + Fraction(1, 2)) - rounded, None
    return found


def _by_formula(running: dict[Case, Row], found: dict[Case, Owed]) -> dict[str, list[Case]]:
    homes: dict[str, list[Case]] = defaultdict(list)
    for case, row in running.items():
        if case[0] == "dibao" and found[case][1] is None and row["case_kind"] != "single_person":
            homes[row["household_id"]].append(case)
    return homes


def _standard(row: Row, month: date) -> int:
    _, urban, rural = next(r for r in reversed(STANDARDS) if r[0] <= month)
    return urban if row["standard_class"] == "urban" else rural


def _exact(row: Row, month: date, members: int) -> Fraction:
    """A member's part of the amount of the family, which is rounded once, at the end."""
    standard = Fraction(_standard(row, month))
    uplift = max(_UPLIFT[name] for name in _categories(row))
    return standard - Fraction(row["household_income"]) / members + standard * uplift / 100


def _excluded(shown: Shown, running: dict[Case, Row]) -> dict[Case, str]:
    """Why an allowance for disabled people is not due."""
    held = _held(shown, running)
    poor = {row["id_number"] for (benefit, _), row in running.items() if benefit == "dibao"}
    on_dibao = {shown.present.get(number, number) for number in poor}
    told = {}
    for case, row in running.items():
        number = row["id_number"]
        if case[0] == "disability_care":
            against = held[number] - {"orphan"}
        elif case[0] == "disability_living":
            alone = shown.present.get(number, number) not in on_dibao
            against = held[number] | ({"no_dibao"} if alone else set())
        else:
            continue
        if against:
            told[case] = max(against, key=_ORDER.index)
    return told


def _held(shown: Shown, running: dict[Case, Row]) -> dict[str, set[str]]:
    """What somebody has beside which there may be no allowance."""
    held: dict[str, set[str]] = defaultdict(set)
    for (benefit, _), row in running.items():
        if benefit in ("tekun", "orphan"):
            held[row["id_number"]].add(benefit)
    for row in shown.rows("social_security__work_injury_insurance"):
        if row["care_allowance"]:
            held[row["id_number"]].add("work_injury_care")
    return held


def dibao_share(
    row: Row, month: date, day: date, members: int, categories: set[str]
) -> tuple[Decimal | None, str | None]:
    """What one person on dibao is due; ``members`` and ``categories`` are those of the family."""
    standard = Decimal(_standard(row, month))
    if row["case_kind"] == "single_person":
        income = row["household_income"] / row["family_size"]
        limit = max((_ALONE.get(name, 0) for name in _categories(row)), default=0)
        if not limit:
            return None, None
        if income > limit * standard:
            return Decimal(0), "above_multiple"
        return (standard if income < 2 * standard else _yuan(standard / 2)), None
    income = row["household_income"] / members
    if income < standard:
        exact = _exact(row, month, members)
        return Decimal(int(exact + Fraction(1, 2))), None
    review = row["last_review_on"]
    months_since = review and (month.year * 12 + month.month) - (review.year * 12 + review.month)
    if review and review <= day and months_since <= (12 if categories & set(_ALONE) else 6):
        return row["monthly_amount"], "phase_out"
    return Decimal(0), "income_above_standard"


def _categories(row: Row) -> list[str]:
    """Of several the highest counts, and no more than one."""
    return str(row["category"]).split("、")


def _basic_before(row: Row, month: date) -> int | None:
    """Support for the destitute before the first common rates: in the country by the form of support."""
    since, urban, in_homes, at_home = _RATES_BEFORE
    if month < since:
        return None
    if row["standard_class"] == "urban":
        return urban
    return in_homes if row["support_form"] == "central" else at_home


def _amount(benefit: str, row: Row, month: date) -> Decimal | None:
    if benefit in ("tekun", "orphan") and month < _RATES[0][0]:
        before = _basic_before(row, month) if benefit == "tekun" else None
        wage = next(w for since, w in reversed(WAGES) if since <= month)
        return None if before is None else before + _yuan(Decimal(wage) / _CARE[row["ability_tier"]])
    _, urban, rural, home, family = next(r for r in reversed(_RATES) if r[0] <= max(month, _RATES[0][0]))
    if benefit == "tekun":
        wage = next(w for since, w in reversed(WAGES) if since <= month)
        basic = urban if row["standard_class"] == "urban" else rural
        return basic + _yuan(Decimal(wage) / _CARE[row["ability_tier"]])
    if benefit == "orphan":
        return Decimal(home if row["support_form"] == "central" else family)
    if benefit == "old_age":
        return Decimal(_OLD_AGE[row["age_band"]])
    raised_on = month >= date(2022, 7, 1)
    return Decimal(
        (200 if raised_on else 100) if benefit == "disability_living" else (100 if raised_on else 80)
    )


def _yuan(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


def _wrong(
    family: list[Case],
    held: dict[Case, Row],
    owed: dict[Case, Owed],
    paid: dict[Case, list[Row]],
    month: date,
    names: dict[Case, set[str]],
) -> set[str]:
    """All that is wrong with what a family got. An amount nobody knows differs from nothing, but who got
    nothing at all is asked about; by the tenth everything is to be paid: the last part of it counts."""
    sent = [row for case in family for row in paid[case]]
    arrived = [row for row in sent if row["result"] == "paid"]
    total = sum((row["amount"] for row in arrived), Decimal(0))
    found = set()
    if any(row["payee_name"] not in names[case] for case in family for row in paid[case] if row in arrived):
        found.add("wrong_payee")
    if family[0] not in owed:
        # nobody says whether the month counts in which a benefit begins
        if total > 0 and held[family[0]]["start_date"].replace(day=1) != month:
            found.add("not_due")
        return found
    amounts = [owed[case][0] for case in family]
    known = sum((amount for amount in amounts if amount), Decimal(0))
    if total < known or not arrived:
        came_back = any(
            any(row["result"] == "returned" for row in paid[case])
            and not any(row["result"] == "paid" for row in paid[case])
            for case in family
        )
        if came_back:
            found.add("returned")
        elif not arrived and (known > 0 or None in amounts) and _is_monthly(family[0][0], month):
            found.add("not_paid")
    if arrived and (total < known or (None not in amounts and total > known)):
        found.add("amount_differs")
    if arrived and max(row["paid_on"] for row in arrived) > month.replace(day=10):
        found.add("late")
    return found
