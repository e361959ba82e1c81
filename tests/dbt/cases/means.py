"""What a family earns and owns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.dbt.cases.expected import DAY, Expected
from tests.support.hand_made_world import T, World


def income_change(w: World, e: Expected) -> None:
    review = date(2020, 3, 1)

    def member(kind: str = "dibao") -> str:
        person = w.person()
        values: dict[str, Any] = {"last_review_on": review} if kind == "dibao" else {}
        w.benefit(kind, person, **values)
        return person

    def case(table: str, event: str, sub_type: str | None, kind: str = "dibao", name: str = "张三",
             **values: Any) -> None:  # fmt: skip
        person = member(kind)
        w.add(f"social_security__{table}", id_number=person, full_name=name, **values)
        if sub_type:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("income_change", person, event, sub_type, confidence)

    for number, (kind, name, begun, ended, found) in enumerate(
        (
            ("dibao", "张三", review + DAY, None, True),
            ("dibao", "张三", review, None, False),
            ("dibao", "张三", T, T + DAY, True),
            ("dibao", "张三", T + DAY, None, False),
            ("dibao", "张三", review + DAY, T, False),
            ("dibao", "李四", T, None, True),
            ("low_income", "张三", date(2019, 1, 2), None, True),
            ("low_income", "张三", date(2019, 1, 1), None, False),
            ("tekun", "张三", T, None, False),
        )
    ):
        record = f"JE{number}"
        case("employment_register", f"employment:{record}", "employed" if found else None, kind, name,
             record_no=record, employed_on=begun, ended_on=ended)  # fmt: skip
    for number, (status, month, found) in enumerate(
        (
            ("retired", date(2020, 4, 1), True),
            ("retired", date(2020, 3, 1), False),
            ("retired", date(2020, 6, 1), False),
            ("suspended", date(2020, 4, 1), False),
        )
    ):
        case("employee_pension", f"pension:{month}", "pension_started" if found else None,
             person_no=f"PN{number}", insurance_status=status, pension_start_month=month)  # fmt: skip
    for begun, ended, found in (
        (date(2020, 4, 1), None, True),
        (date(2020, 4, 1), date(2020, 5, 1), True),
        (date(2020, 4, 1), date(2020, 4, 1), False),
        (date(2020, 3, 1), None, False),
        (date(2020, 6, 1), None, False),
    ):
        case("unemployment_insurance", f"unemployment:{begun}", "unemployment_benefit" if found else None,
             benefit_start_month=begun, benefit_end_month=ended)  # fmt: skip
    case("public_payroll", "public_payroll", "state_paid")
    case("public_payroll", "public_payroll", "state_paid", "low_income", "李四")
    case("public_payroll", "public_payroll", None, "old_age")
    # insured on 30 per cent more or less than the wage, and a fen further; no wage; no insurance paid
    for number, (wage, base, status, found) in enumerate(
        (
            (2000, "2600.00", "paying", False),
            (2000, "2600.01", "paying", True),
            (2000, "1400.00", "paying", False),
            (2000, "1399.99", "paying", True),
            (None, "9000", "paying", False),
            (2000, None, "paying", False),
            (2000, "9000", "suspended", False),
        )
    ):
        person = member()
        w.add("social_security__employment_register", id_number=person, record_no=f"JG{number}",
              employed_on=date(2018, 1, 1), monthly_wage=wage)  # fmt: skip
        w.add("social_security__employee_pension", id_number=person, person_no=f"PG{number}",
              insurance_status=status, contribution_base=base)  # fmt: skip
        if found:
            e.warn("income_change", person, f"wage_gap:JG{number}", "wage_gap")
    # two registers, each under a name of its own: one that bears the member's is enough
    for number, (at_work, insured, confidence) in enumerate(
        (("张三", "李四", "confirmed"), ("李四", "张三", "confirmed"), ("李四", "王五", "suspected"))
    ):
        person = member()
        w.add("social_security__employment_register", id_number=person, full_name=at_work,
              record_no=f"JN{number}", employed_on=date(2018, 1, 1), monthly_wage=2000)  # fmt: skip
        w.add("social_security__employee_pension", id_number=person, full_name=insured,
              person_no=f"PK{number}", insurance_status="paying", contribution_base=3000)  # fmt: skip
        e.warn("income_change", person, f"wage_gap:JN{number}", "wage_gap", confidence)


def means(w: World, e: Expected) -> None:
    """Vehicles, homes, fund accounts, savings: each family lives alone but for the two that share."""

    def family(kind: str = "dibao", household: str | None = None, **values: Any) -> str:
        person = w.person()
        w.cases += 1
        given = {"household_id": household or f"M{w.cases}", "relation_to_head": "本人",
                 "standard_class": "urban", **values} if kind != "tekun" else values  # fmt: skip
        w.benefit(kind, person, **given)
        return person

    def answered(feed: str, person: str, **values: Any) -> None:
        name = {"owner_name" if feed.startswith("housing__real") else "full_name": values.pop("name", "张三")}
        w.add(feed, id_number=person, answer="found", **name, **values)

    _vehicles(family, answered, e)
    _homes(w, family, answered, e)
    for person, feed, base, found in (
        (family(), "city_centre", 1810, False),
        (family(), "city_centre", 1810.01, True),
        (family("low_income"), "city_centre", 5000, True),
        (family("tekun"), "city_centre", 5000, False),
    ):
        answered(f"provident_fund__{feed}", person, account_no=f"A{w.people}", contribution_base=base,
                 account_status="normal")  # fmt: skip
        if found:
            e.warn("provident_fund", person, "fund_base", "base_above_minimum_wage")
    _savings(w, family, answered, e)


def _vehicles(family: Callable[..., str], answered: Callable[..., None], e: Expected) -> None:
    digest = "bf3ed431148c"  # of the plate 辽A1
    for kind, plate_type, state, review, name, sub_type in (
        ("dibao", "small_car", "normal", T - DAY, "张三", "car"),
        ("dibao", "small_car", "normal", T, "张三", None),
        ("dibao", "new_energy_large", "normal", None, "李四", "large_vehicle"),
        ("dibao", "motorcycle", "normal", None, "张三", None),
        ("dibao", "small_car", "transferred_out", None, "张三", None),
        ("low_income", "small_car", "normal", None, "张三", "car"),
        ("tekun", "large_car", "normal", None, "张三", "large_vehicle"),
    ):
        reviewed = {"last_review_on": review} if kind == "dibao" else {}
        person = family(kind, **reviewed)
        answered("public_security__vehicle", person, plate_no="辽A1", plate_type=plate_type, state=state,
                 name=name)  # fmt: skip
        if sub_type:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("vehicle", person, f"vehicle:{digest}", sub_type, confidence)


def _homes(w: World, family: Callable[..., str], answered: Callable[..., None], e: Expected) -> None:
    feed, whole = "housing__real_estate_title", {"title_status": "current", "dwelling_use": "dwelling"}

    def title(person: str, unit: str, share: float = 1, **values: Any) -> None:
        answered(feed, person, title_no=f"{unit} of {person}", unit_no=unit, owner_share=share,
                 **{**whole, **values})  # fmt: skip

    alone, other, child = family(), family(household="MF"), family(household="MF", relation_to_head="子")
    title(alone, "U1")
    title(other, "U2")
    title(child, "U3", 0.5)
    e.warn("real_estate", other, "dwellings", "second_dwelling")
    for person, share, values in (
        (family(), 0.49, {}),
        (family(), 1, {"title_status": "historical"}),
        (family(), 1, {"dwelling_use": "other"}),
    ):
        title(person, f"V{person}")
        title(person, f"W{person}", share, **values)
    doubted = family("tekun")
    title(doubted, "U4")
    title(doubted, "U5", name="李四")
    e.warn("real_estate", doubted, "dwellings", "second_dwelling", "suspected")
    for registered, found in ((T, True), (T - 365 * DAY, True), (T - 366 * DAY, False), (T + DAY, False)):
        buyer, number = family(), f"WQ{registered}"
        w.add("housing__sale_contract", id_number=buyer, buyer_name="张三", contract_no=number,
              registered_on=registered)  # fmt: skip
        if found:
            e.warn("real_estate", buyer, f"contract:{number}", "new_contract")


def _savings(w: World, family: Callable[..., str], answered: Callable[..., None], e: Expected) -> None:
    """685 yuan a month in the city from July 2019: six months are 4,110."""

    def account(person: str, balance: float, feed: str = "icbc", **values: Any) -> None:
        answered(f"finance__{feed}", person, request_id="R", sequence_no=w.people, account_no=f"****{feed}",
                 id_type="resident_id", balance=balance, queried_on=T, **values)  # fmt: skip

    at_limit, above = family(), family()
    account(at_limit, 4110)
    account(above, 4110)
    account(above, 0.01, "cmb")
    e.warn("financial_asset", above, "assets", "assets")
    head, member = family(household="MS"), family(household="MS", relation_to_head="配偶")
    account(member, 8220.01)
    e.warn("financial_asset", head, "assets", "assets")
    account(family(), 90_000, account_type="loan")
    spender = family()
    account(spender, 0, large_debits_half_year=8220.01)
    e.warn("financial_asset", spender, "large_debits", "large_debits")
    edge, edge_above = family("low_income"), family("low_income")
    account(edge, 24 * 685)
    account(edge_above, 24 * 685 + 1)
    e.warn("financial_asset", edge_above, "assets", "assets")
