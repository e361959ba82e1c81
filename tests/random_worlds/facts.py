"""What may be said about a person by somebody: one function each, with how often it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.oracle.second_reading import workday
from tests.random_worlds.near import NAMES, month_near, near, past

if TYPE_CHECKING:
    from tests.random_worlds.worlds import Person, Small

Fact = Callable[["Small", "Person"], None]
_SUBSIDIES = (0, 1000, 1001, 1600, 1601, 1446, 1447, 1546, 1547, 1965, 1966, 2065, 2066)
_PLATES = ("small_car", "large_car", "motorcycle", "new_energy_large", "disabled_scooter")
_USES = ("dwelling", "dwelling", "dwelling", "shop", "office", "garage", "other")
_ACCEPTED_AGO = (-1, 0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 30, 33, 34, 36, 40)


def _of(small: Small, person: Person) -> dict[str, Any]:
    return {"id_number": person.number, "full_name": small.name_of(person)}


def _told_of(small: Small, person: Person) -> dict[str, Any]:
    """As ``_of``, or by the number the person had before."""
    told = _of(small, person)
    return {**told, "id_number": person.former} if person.former and small.rng.random() < 0.5 else told


def police_death(small: Small, person: Person) -> None:
    on = near(small.rng, small.day)
    small.add(
        "public_security__death_cancellation", **_told_of(small, person), death_date=on, cancelled_on=on
    )


def funeral(small: Small, person: Person) -> None:
    rng, dead = small.rng, near(small.rng, small.day)
    applicant = rng.choice(small.people)
    for _ in range(1 if rng.random() < 0.7 else 2):
        small.add(
            "civil_affairs__cremation", cremation_no=small.key("K"), **_told_of(small, person),
            death_date=dead, cremated_on=dead + timedelta(days=rng.choice((-1, 0, 3))),
            funeral_home=rng.choice(("第一殡仪馆", "第六殡仪馆")), applicant_id_number=applicant.number,
            applicant_name=small.name_of(applicant),
            subsidy_class=rng.choice((None, "none", "full", "difference", "eco_burial", "sea_burial")),
            subsidy_amount=rng.choice(_SUBSIDIES),
        )  # fmt: skip


def move(small: Small, person: Person) -> None:
    on = near(small.rng, small.day) if small.rng.random() < 0.3 else None
    for _ in range(small.rng.randint(1, 3)):
        small.add(
            "public_security__migration", **_of(small, person), direction=small.rng.choice(("in", "out")),
            moved_on=on or near(small.rng, small.day),
            to_district=_destination(small),
        )  # fmt: skip


def _destination(small: Small) -> str | None:
    place = small.rng.choice(("110101000000", "210181000000", "110101000000"))
    return None if small.aside.random() < 0.2 else place


def prison(small: Small, person: Person) -> None:
    rng, day = small.rng, small.day
    small.add(
        "public_security__prison", **_told_of(small, person),
        sentence_start=past(rng, day) if rng.random() < 0.6 else day + timedelta(days=rng.choice((-1, 0, 1))),
        sentence_end=near(rng, day), released_on=near(rng, day) if rng.random() < 0.4 else None,
    )  # fmt: skip


def detention(small: Small, person: Person) -> None:
    rng, day = small.rng, small.day
    start, end = past(rng, day), near(rng, day) if rng.random() < 0.4 else None
    if rng.random() < 0.4:  # around the days of custody that matter
        start, end = day - timedelta(days=rng.choice((29, 30, 30, 31))), None
    small.add("public_security__detention", **_told_of(small, person), custody_start=start, custody_end=end)


def business(small: Small, person: Person) -> None:
    rng = small.rng
    state = rng.choice(("active", "operating", "active", "revoked", "cancelled"))
    shape = {
        "uscc": small.key("U"), **_told_of(small, person), "registration_status": state,
        "established_on": past(rng, small.day),
    }  # fmt: skip
    kind = rng.choice(("enterprise", "enterprise", "individual_business", "farmer_cooperative"))
    if kind == "enterprise":
        shape["role"] = rng.choice(("legal_representative", "shareholder", "officer"))
    if kind == "individual_business":
        shape["employee_count"] = rng.choice((None, 0, 1))
    small.add(f"market_regulation__{kind}", **shape)


def application(small: Small, person: Person) -> None:
    rng = small.rng
    accepted = small.day - timedelta(days=rng.choice(_ACCEPTED_AGO))
    if rng.random() < 0.5:  # around a number of working days that matters
        accepted = _working_days_ago(small.day, rng.choice((-1, 0, 3, 4, 6, 7, 10, 11, 21, 22, 25, 26)))
    homes = [
        row["household_id"]
        for (table, _), rows in small.world.rows.items()
        for row in rows
        if table == "civil_affairs__dibao" and row["id_number"] == person.number
    ]
    number = small.key("A")
    small.add(
        "platform__application", application_id=number, **_of(small, person), accepted_on=accepted,
        matter=rng.choice(("dibao", "dibao", "disability_allowance", "child_welfare_certificate")),
        status=rng.choice(("open", "open", "approved", "refused", "withdrawn")),
        household_id=homes[0] if homes and rng.random() < 0.8 else None,
        current_level=rng.choice((None, "city", "district", "street", "community")),
    )  # fmt: skip
    small.add(
        "platform__approval_step", application_id=number, step_no=1, staff_id=f"S{small.seed}",
        result=rng.choice(("agreed", "returned", "refused")),
        finished_at=datetime.combine(near(rng, small.day), time(9)) if rng.random() < 0.8 else None,
    )  # fmt: skip


def _working_days_ago(day: date, number: int) -> date:
    while number > 0:
        number -= workday(day)
        day -= timedelta(days=1)
    return day + timedelta(days=1) if number < 0 else day


def staff_relative(small: Small, person: Person) -> None:
    rng = small.rng
    small.add(
        "civil_affairs__dibao__staff_relative", record_no=small.key("N"), staff_id=f"S{small.seed}",
        relative_id_number=person.number, relative_name=small.name_of(person),
        has_approval_rights=rng.random() < 0.6, staff_position=rng.choice(("社区主任", "街道助理", "村会计")),
        filed_on=rng.choice((None, small.day - timedelta(days=9), near(rng, small.day), small.day)),
        home_visit_on=rng.choice((None, near(rng, small.day), near(rng, small.day), small.day)),
    )  # fmt: skip


def vehicle(small: Small, person: Person) -> None:
    rng = small.rng
    small.add(
        "public_security__vehicle", request_id=small.key("Q"), plate_no=small.key("辽A"),
        **_told_of(small, person),
        plate_type=rng.choice(_PLATES),
        state=rng.choice(("normal", "normal", "transferred_out", "deregistered")), answer="found",
        first_registered_on=date(2015, 1, 1),
    )  # fmt: skip


def titles(small: Small, person: Person) -> None:
    rng = small.rng
    for _ in range(rng.randint(1, 3)):
        small.add(
            "housing__real_estate_title", request_id=small.key("Q"), owner_name=small.name_of(person),
            id_number=_told_of(small, person)["id_number"], title_no=small.key("T"),
            unit_no=f"U{small.seed}-{rng.randint(1, 4)}",
            dwelling_use=rng.choice(_USES),
            owner_share=rng.choice((Decimal("0.25"), Decimal("0.49"), Decimal("0.5"), Decimal(1))),
            title_status=rng.choice(("current", "current", "current", "historical")), answer="found",
        )  # fmt: skip


def contract(small: Small, person: Person) -> None:
    small.add(
        "housing__sale_contract", contract_no=small.key("W"), id_number=_told_of(small, person)["id_number"],
        buyer_name=small.name_of(person), registered_on=past(small.rng, small.day),
    )  # fmt: skip


def money(small: Small, person: Person) -> None:
    """Around 6, 12 and 24 times the standards, for one to three people together."""
    rng = small.rng
    times = rng.choice((6, 24)) * rng.choice((1, 1, 2, 3))
    balance = times * rng.choice((685, 480, 715, 510, 740, 578)) + rng.choice((-1, 0, 1))
    debits = 12 * rng.choice((685, 480, 715, 510)) + rng.choice((-1, 0, 1)) if rng.random() < 0.3 else 0
    if rng.random() < 0.7:
        small.add(
            f"finance__{rng.choice(('icbc', 'abc'))}", request_id=small.key("Q"), sequence_no=1,
            answer="found",
            **_of(small, person), id_type="resident_id", account_no=small.key("6222"), balance=balance,
            account_type=rng.choice(("current", "fixed_term", "wealth", "loan")),
            large_debits_half_year=debits, wealth_products=rng.choice((0, 0, 1)),
            queried_on=small.day - timedelta(days=rng.choice((0, 30, 89, 90, 91))),
        )  # fmt: skip
    else:
        small.add(
            "finance__ping_an", request_id=small.key("Q"), **_of(small, person), policy_no=small.key("L"),
            cash_value=balance, answer="found",
            policy_status=rng.choice(("active", "active", "lapsed", "terminated")),
        )  # fmt: skip


def fund(small: Small, person: Person) -> None:
    rng = small.rng
    base, state = rng.choice((1809, 1810, 1811, 5000)), rng.choice(("normal", "normal", "sealed", "closed"))
    shape = {
        **_told_of(small, person), "account_no": small.key("G"), "contribution_base": base,
        "account_status": state,
    }  # fmt: skip
    if rng.random() < 0.3:
        small.add("provident_fund__provincial_branch", **shape)
    else:
        small.add(
            "provident_fund__city_centre", request_id=small.key("Q"), **shape, answer="found",
            monthly_deposit=rng.choice((0, 100)), last_deposit_month=month_near(rng, small.day),
        )  # fmt: skip


def unemployment(small: Small, person: Person) -> None:
    rng = small.rng
    small.add(
        "social_security__unemployment_insurance", **_told_of(small, person),
        benefit_start_month=month_near(rng, small.day),
        benefit_end_month=month_near(rng, small.day) if rng.random() < 0.6 else None,
    )  # fmt: skip


def work(small: Small, person: Person) -> None:
    rng = small.rng
    ended = near(rng, small.day) if rng.random() < 0.3 else None
    small.add(
        "social_security__employment_register", record_no=small.key("E"), **_told_of(small, person),
        employed_on=past(rng, small.day), ended_on=ended, monthly_wage=rng.choice((None, 2000)),
    )  # fmt: skip


def pension(small: Small, person: Person) -> None:
    rng = small.rng
    small.add(
        "social_security__employee_pension", person_no=small.key("Y"), **_told_of(small, person),
        insurance_status=rng.choice(("paying", "retired", "paying", "suspended")),
        contribution_base=rng.choice((1399, 1400, 1401, 2000, 2600, 2601)),
        pension_start_month=month_near(rng, small.day) if rng.random() < 0.8 else None,
    )  # fmt: skip


def payroll(small: Small, person: Person) -> None:
    small.add("social_security__public_payroll", **_told_of(small, person))


def wedding(small: Small, person: Person) -> None:
    rng = small.rng
    others = [p for p in small.people if p is not person]
    for _ in range(rng.randint(1, 2)):
        other = rng.choice(others) if others and rng.random() < 0.6 else small.person()
        pair = (person, other) if rng.random() < 0.5 else (other, person)
        small.add(
            "civil_affairs__marriage", certificate_no=small.key("M"), registered_on=near(rng, small.day),
            event_type=rng.choice(("marriage", "marriage", "divorce", "annulment", "reissue")),
            husband_id_number=pair[0].number, husband_name=small.name_of(pair[0]),
            wife_id_number=pair[1].number, wife_name=small.name_of(pair[1]),
        )  # fmt: skip


def certificate(small: Small, person: Person) -> None:
    rng = small.rng
    for _ in range(rng.randint(1, 2)):
        small.add(
            "disabled_federation__disability_certificate", certificate_no=small.key("Z"),
            **_of(small, person),
            disability_level=rng.choice(("level_1", "level_2", "level_3", "level_4")),
            issued_on=past(rng, small.day), valid_until=near(rng, small.day) if rng.random() < 0.8 else None,
            certificate_status=rng.choice(("valid", "valid", "valid", "cancelled", "expired", "frozen")),
        )  # fmt: skip


def alive(small: Small, person: Person) -> None:
    on = datetime.combine(near(small.rng, small.day), time(9, 30))
    small.add(
        "platform__liveness_confirmation",
        confirmation_id=small.key("V"),
        confirmed_at=on,
        **_of(small, person),
    )


def stays(small: Small, person: Person) -> None:
    rng, home = small.rng, ""
    for _ in range(rng.randint(1, 2)):
        if not home or rng.random() < 0.7:  # else once more in the same home
            home = small.key("I")
            small.add(
                "civil_affairs__elder_care__institution", institution_id=home, uscc=home,
                approved_beds=rng.choice((0, 1, 1, 2)),
            )  # fmt: skip
        told = _of(small, person)
        if person.former and small.entered.random() < 0.5:
            told["id_number"] = person.former
        small.add(
            "civil_affairs__elder_care__stay", stay_id=small.key("B"), institution_id=home, **told,
            checked_in_on=past(rng, small.day),
            checked_out_on=near(rng, small.day) if rng.random() < 0.3 else None,
        )  # fmt: skip


def organisation(small: Small, person: Person) -> None:
    rng, year = small.rng, small.day.year - 1
    small.add(
        "civil_affairs__social_organisation", uscc=small.key("O"),
        organisation_class=rng.choice(("association", "private_non_enterprise", "foundation")),
        legal_representative_name=rng.choice(NAMES),
        registered_on=rng.choice((date(year, 12, 31), date(year + 1, 1, 1), date(2015, 1, 1))),
        state=rng.choice(("active", "active", "deregistered")),
        last_report_year=rng.choice((None, year - 1, year, year)),
        last_report_accepted_on=rng.choice((None, near(rng, small.day), near(rng, small.day), small.day)),
        region_code=rng.choice(("210100000000", "210102000000")),
    )  # fmt: skip


def injury(small: Small, person: Person) -> None:
    allowance = small.rng.choice((0, 500))
    small.add("social_security__work_injury_insurance", **_of(small, person), care_allowance=allowance)


FACTS: tuple[tuple[float, Fact], ...] = (
    (0.12, police_death), (0.15, funeral), (0.15, move), (0.15, prison), (0.15, detention), (0.25, business),
    (0.2, application), (0.2, staff_relative), (0.12, vehicle), (0.25, titles), (0.1, contract),
    (0.25, money), (0.15, fund), (0.15, unemployment), (0.15, work), (0.15, pension), (0.04, payroll),
    (0.3, wedding), (0.4, certificate), (0.6, alive), (0.25, stays), (0.08, organisation), (0.08, injury),
)  # fmt: skip
