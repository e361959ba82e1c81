"""The second reading of the rules about what a family owns: see ``second_reading``."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connectors.catalogue import load_catalogue
from tests.oracle.families import HEADS
from tests.oracle.names import is_called
from tests.oracle.numbers import Told, laid_at_their_door

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Row, Shown

#: Yuan a head and month, urban and rural, from the day on.
STANDARDS = (
    (date(2018, 7, 1), 655, 450),
    (date(2019, 7, 1), 685, 480),
    (date(2020, 7, 1), 715, 510),
    (date(2021, 7, 1), 740, 578),
    (date(2022, 7, 1), 766, 766),
    (date(2023, 7, 1), 793, 793),
)
WAGES = ((date(2018, 1, 1), 1620), (date(2019, 11, 1), 1810), (date(2021, 11, 1), 1910))
_MEANS_TESTED = ("dibao", "low_income", "tekun")


def _found(shown: Shown, feed_id: str) -> list[Row]:
    return [row for row in shown.rows(feed_id) if row.get("answer") != "none"]


def _short(number: str) -> str:
    return hashlib.md5(number.encode(), usedforsecurity=False).hexdigest()[:12]


def vehicle(shown: Shown) -> Iterator[Finding]:
    for row in _found(shown, "public_security__vehicle"):
        known = shown.first_told("public_security__vehicle", row, ("id_number", "plate_no"))
        if row["state"] != "normal" or row["plate_type"] in ("motorcycle", "disabled_scooter"):
            continue
        sub = "large_vehicle" if row["plate_type"] in ("large_car", "new_energy_large") else "car"
        told = (row["id_number"], row["full_name"], f"vehicle:{_short(row['plate_no'])}", sub)

        def against(case: Row, known: date = known) -> bool:
            return not _reviewed_since(case, known, shown.day)

        yield from laid_at_their_door(shown, "vehicle", None, _MEANS_TESTED, [told], against)


def _reviewed_since(case: Row, known: date, day: date) -> bool:
    """A review that is done has seen what was known by then."""
    review = case.get("last_review_on")
    return review is not None and known <= review <= day


def _families(shown: Shown, among: tuple[str, ...]) -> dict[tuple[str, str], list[Row]]:
    """The members by benefit and household, the head first; people on tekun each a family."""
    families: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for held in shown.holders.values():
        for benefit, row in held:
            if benefit in among:
                families[benefit, row.get("household_id") or row["case_id"]].append(row)
    for members in families.values():
        members.sort(key=lambda row: (row.get("relation_to_head", "本人") not in HEADS, row.get("member_id")))
    return families


def real_estate(shown: Shown) -> Iterator[Finding]:
    """A contract of today or of up to 365 days ago. Premises count whatever the share. Of dwellings one
    is sure when the names on all counted titles are the members'."""
    titles = defaultdict(list)
    own: list[Told] = []
    for row in _found(shown, "housing__real_estate_title"):
        if row["title_status"] == "current":
            titles[row["id_number"]].append(row)
            if row["dwelling_use"] in ("shop", "office", "garage"):
                event = f"title:{_short(row['title_no'])}"
                own.append((row["id_number"], row["owner_name"], event, "commercial"))
    for row in shown.rows("housing__sale_contract"):
        if timedelta() <= shown.day - row["registered_on"] <= timedelta(days=365):
            event = f"contract:{row['contract_no']}"
            own.append((row["id_number"], row["buyer_name"], event, "new_contract"))
    yield from laid_at_their_door(shown, "real_estate", None, _MEANS_TESTED, own)
    for members in _families(shown, _MEANS_TESTED).values():
        counted = _dwellings(members, titles)
        if len(counted) > 1:
            sure = "confirmed" if all(counted.values()) else "suspected"
            yield "warning", "real_estate", members[0]["id_number"], "dwellings", "second_dwelling", sure


def _dwellings(members: list[Row], titles: dict[str, list[Row]]) -> dict[str, bool]:
    """Dwellings of which the family holds a half or more, and whether all the names agree."""
    shares: dict[str, Decimal] = defaultdict(Decimal)
    agree: dict[str, bool] = defaultdict(lambda: True)
    for member in members:
        for row in titles[member["id_number"]]:
            if row["dwelling_use"] == "dwelling":
                shares[row["unit_no"]] += row["owner_share"]
                agree[row["unit_no"]] &= is_called(member, row["owner_name"])
    return {unit: agree[unit] for unit, share in shares.items() if share >= Decimal("0.5")}


def provident_fund(shown: Shown) -> Iterator[Finding]:
    """Deposits of this month and the two before it; one booked for a month to come is none of the last three.
    Unemployed is who draws unemployment money in the month."""
    wage = next(w for since, w in reversed(WAGES) if since <= shown.day)
    unemployed = {
        row["id_number"]
        for row in shown.rows("social_security__unemployment_insurance")
        if row["benefit_start_month"] <= shown.day
        and (row["benefit_end_month"] is None or row["benefit_end_month"] >= shown.day.replace(day=1))
    }
    facts: list[Told] = []
    for row in _accounts(shown):
        number, name = row["id_number"], row["full_name"]
        if row["account_status"] != "normal":
            continue
        if row["contribution_base"] > wage:
            facts.append((number, name, "fund_base", "base_above_minimum_wage"))
        last, deposit = row.get("last_deposit_month"), row.get("monthly_deposit")
        if last and deposit and deposit > 0 and number in unemployed and 0 <= _months(last, shown.day) < 3:
            facts.append((number, name, "fund_deposit", "deposit_while_unemployed"))
    yield from laid_at_their_door(shown, "provident_fund", None, ("dibao", "low_income"), facts)


def _accounts(shown: Shown) -> list[Row]:
    asked = _found(shown, "provident_fund__city_centre")
    return asked + shown.rows("provident_fund__provincial_branch")


def _months(month: date, day: date) -> int:
    return (day.year - month.year) * 12 + day.month - month.month


def financial_asset(shown: Shown) -> Iterator[Finding]:
    """Assets by family, large payments by member (the dossier names no unit for them); an answer that
    tells no day is of the business date."""
    held: dict[str, list[tuple[Any, Any, str]]] = defaultdict(list)
    for feed_id in load_catalogue():
        if feed_id.startswith("finance__"):
            for row in _found(shown, feed_id):
                asked_on = row.get("queried_on") or row.get("valued_on") or shown.day
                if (shown.day - asked_on).days <= 90:
                    money = _assets(row), row.get("large_debits_half_year") or 0, row["full_name"]
                    held[row["id_number"]].append(money)
    found: dict[tuple[str, str], bool] = defaultdict(bool)
    for (benefit, _), members in _families(shown, ("dibao", "low_income")).items():
        standard = _standard(shown.day, members[0]["standard_class"])
        people = {row["id_number"]: row for row in members}
        rows = [(member, money) for number, member in people.items() for money in held[number]]
        months = 6 if benefit == "dibao" else 24
        if sum(assets for _, (assets, _, _) in rows) > months * standard * len(people):
            sure = all(is_called(member, told) for member, (assets, _, told) in rows if assets > 0)
            found[members[0]["id_number"], "assets"] |= sure
        for number, member in people.items():
            if sum(debits for _, debits, _ in held[number]) > 12 * standard:
                sure = all(is_called(member, told) for _, debits, told in held[number] if debits > 0)
                found[number, "large_debits"] |= sure
    for (number, what), sure in found.items():
        yield "warning", "financial_asset", number, what, what, "confirmed" if sure else "suspected"


def _assets(row: Row) -> Any:
    if row.get("account_type") == "loan" or row.get("policy_status", "active") != "active":
        return 0
    return sum(row.get(c) or 0 for c in ("balance", "wealth_products", "market_value", "cash_value"))


def _standard(day: date, area: str) -> int:
    _, urban, rural = next(row for row in reversed(STANDARDS) if row[0] <= day)
    return urban if area == "urban" else rural


MEANS_RULES = (vehicle, real_estate, provident_fund, financial_asset)
