"""Facts that fit a benefit, on one side or the other of a limit: by chance alone too few people meet one.

Still nothing here knows what a rule says of them, only which days and amounts it might care about.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.oracle import money
from tests.oracle.means import STANDARDS
from tests.random_worlds.near import month_near

if TYPE_CHECKING:
    from tests.random_worlds.worlds import Person, Small

_AROUND_EACH = (-1, 0, 1)
#: Days from the business date at whose sides something may change, by what they are days of.
_ENDS, _PROOFS, _REVIEWS = (0, 90), (-180,), (0, 30)


def around(small: Small, distances: tuple[int, ...]) -> date:
    """A limit, or the day before or after it."""
    rng = small.rng
    return small.day + timedelta(days=rng.choice(distances) + rng.choice(_AROUND_EACH))


def fit(small: Small, person: Person, kind: str) -> None:
    """What the benefit of a person makes worth knowing."""
    rng = small.rng
    if kind in ("disability_living", "disability_care") and rng.random() < 0.8:
        _certificate(small, person)
    if kind in ("tekun", "old_age") and rng.random() < 0.4:
        small.add(
            "platform__liveness_confirmation", confirmation_id=small.key("V"), id_number=person.number,
            full_name=person.name, confirmed_at=datetime.combine(around(small, _PROOFS), time(23, 59)),
        )  # fmt: skip
    if kind in ("dibao", "low_income") and rng.random() < 0.6:
        rng.choice(_OF_FAMILIES)(small, person)


def begun(small: Small, kind: str) -> date:
    """When a benefit began: long ago, or as long ago as a proof of life may be."""
    if kind in ("tekun", "old_age") and small.rng.random() < 0.3:
        return around(small, _PROOFS)
    if kind == "dibao" and small.aside.random() < 0.1:
        return small.day - timedelta(days=small.aside.choice((179, 180, 181)))
    return date(2019, 1, 1)


def drawn_on(small: Small, person: Person) -> str | None:
    """The number of the certificate an allowance names: the person's, issued again, under a former number, a
    neighbour's, or one nobody can read a person from."""
    rng = small.aside
    of = person.former if person.former and rng.random() < 0.5 else person.number
    if rng.random() < 0.4:
        of = rng.choice(small.people).number
    return rng.choice((None, f"{of}41", f"{of}41", f"{of}41B1", f"{of}41", "Z1"))


def kept_on(small: Small) -> dict[str, Any]:
    """An income above the standard, found out so many months ago that the amount may still be kept."""
    rng, months = small.rng, money.months(small.day)
    newest = rng.choice(months)
    ago = rng.choice((6, 12)) + rng.choice((0, 0, 1))
    years, month = divmod(newest.year * 12 + newest.month - 1 - ago, 12)
    return {"last_review_on": date(years, month + 1, rng.choice((1, 28))), "household_income": Decimal(9000)}


def alone(small: Small, standard_class: str) -> dict[str, Any]:
    """Somebody admitted without the family; its income lies at a multiple of the standard, or a yuan off."""
    rng, month = small.rng, small.rng.choice(money.months(small.day))
    _, urban, rural = next(row for row in reversed(STANDARDS) if row[0] <= month)
    size, standard = rng.randint(1, 3), urban if standard_class == "urban" else rural
    income = rng.choice((0, 2, 2, 3, 5)) * standard * size + rng.choice((-1, 0, 0, 1))
    return {
        "case_kind": "single_person",
        "family_size": size,
        "household_income": Decimal(max(0, income)),
        "category": rng.choice(("重残", "重病", "重残", "重病", "普通")),
    }


def reviews(small: Small) -> dict[str, Any]:
    """When a family's review is due, and when it was made: often enough on the day itself, or on a day the
    hub was told of something."""
    rng, due = small.rng, around(small, _REVIEWS)
    ago = rng.choice((None, -6, -5, -4, -1, 0, 1))
    if ago is None:
        return {"review_due_on": due, "last_review_on": due + timedelta(days=rng.choice((-400, -1, 0, 1)))}
    return {"review_due_on": due, "last_review_on": small.day + timedelta(days=ago)}


def _certificate(small: Small, person: Person) -> None:
    rng = small.rng
    small.add(
        "disabled_federation__disability_certificate", certificate_no=_issued(small, person),
        id_number=person.number, full_name=small.name_of(person),
        disability_level=rng.choice(("level_1", "level_2", "level_3")),
        issued_on=small.day - timedelta(days=rng.choice((400, 400, 0, -1))),
        valid_until=around(small, _ENDS),
        certificate_status="valid" if rng.random() < 0.85 else rng.choice(("cancelled", "frozen")),
    )  # fmt: skip


def _issued(small: Small, person: Person) -> str:
    number = small.key("Z")
    return number if small.aside.random() < 0.5 else f"{person.number}41B{number[1:]}"


def _who(small: Small, person: Person) -> dict[str, Any]:
    return {"id_number": person.number, "full_name": small.name_of(person)}


def _wage_and_base(small: Small, person: Person) -> None:
    """3 in 10 of 2000 and of 3000 are whole yuan."""
    wage = small.rng.choice((2000, 3000))
    base = wage + small.rng.choice((-1, 1)) * wage * 3 // 10 + small.rng.choice(_AROUND_EACH)
    small.add("social_security__employment_register", record_no=small.key("E"), **_who(small, person),
              employed_on=date(2018, 1, 1), ended_on=small.rng.choice((None, around(small, (0,)))),
              monthly_wage=wage)  # fmt: skip
    small.add("social_security__employee_pension", person_no=small.key("Y"), **_who(small, person),
              insurance_status="paying", contribution_base=base, pension_start_month=None)  # fmt: skip


def _deposits(small: Small, person: Person) -> None:
    """The last deposit in one of the last months, or told ahead for the next."""
    rng, day = small.rng, small.day
    ahead = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    small.add("provident_fund__city_centre", request_id=small.key("Q"), **_who(small, person),
              account_no=small.key("G"), contribution_base=rng.choice((1420, 1620, 1810, 1910)),
              answer="found", account_status="normal", monthly_deposit=100,
              last_deposit_month=ahead if rng.random() < 0.25 else month_near(rng, day))  # fmt: skip
    small.add("social_security__unemployment_insurance", **_who(small, person),
              benefit_start_month=date(2018, 1, 1),
              benefit_end_month=small.rng.choice((None, month_near(small.rng, small.day))))  # fmt: skip


def _savings(small: Small, person: Person) -> None:
    """Six or twenty-four standards for one to three people, and twelve; a fen to either side."""
    rng = small.rng
    after = small.day >= date(2020, 7, 1)
    standard = rng.choice((715, 740, 793, 510, 578) if after else (685, 480))
    fen = Decimal(rng.choice(_AROUND_EACH)) / 100
    small.add("finance__icbc", request_id=small.key("Q"), sequence_no=1, answer="found",
              **_who(small, person), id_type="resident_id", account_no=small.key("6222"),
              account_type=rng.choice(("current", "current", "loan")), wealth_products=0,
              balance=rng.choice((6, 24)) * rng.choice((1, 2, 3)) * standard + fen,
              large_debits_half_year=12 * standard + fen,
              queried_on=around(small, (-90,)) if rng.random() < 0.4 else small.day)  # fmt: skip


def _known(small: Small, person: Person) -> date | None:
    """Until when the office knows a member of a family on dibao."""
    for row in small.world.rows["civil_affairs__dibao", small.day]:
        if row["id_number"] == person.number:
            known: date = row["last_review_on"] or row["start_date"]
            return known
    return None


def _new_income(small: Small, person: Person) -> None:
    """Work that began around the review of the family, or the day the benefit began."""
    if known := _known(small, person):
        small.add("social_security__employment_register", record_no=small.key("E"), **_who(small, person),
                  employed_on=known + timedelta(days=small.rng.choice(_AROUND_EACH)), ended_on=None,
                  monthly_wage=None)  # fmt: skip


def _wedding(small: Small, person: Person) -> None:
    """Around the last review, to somebody who is no member; who may have died since."""
    rng, known, spouse = small.rng, _known(small, person), small.person()
    wed = date(2018, 1, 1)
    if known and rng.random() < 0.5:
        wed = known + timedelta(days=rng.choice(_AROUND_EACH))
    small.add("civil_affairs__marriage", certificate_no=small.key("M"), event_type="marriage",
              registered_on=wed, husband_id_number=person.number, husband_name=small.name_of(person),
              wife_id_number=spouse.number, wife_name=spouse.name)  # fmt: skip
    if rng.random() < 0.4:
        on = around(small, (0,))
        small.add("public_security__death_cancellation", **_who(small, spouse), death_date=on,
                  cancelled_on=on)  # fmt: skip


def _dwellings(small: Small, person: Person) -> None:
    """One whole, and a part of another around a half."""
    for share in (Decimal(1), Decimal(small.rng.choice(("0.49", "0.5", "0.51")))):
        small.add("housing__real_estate_title", request_id=small.key("Q"), owner_name=small.name_of(person),
                  id_number=person.number, title_no=small.key("T"), unit_no=small.key("U"),
                  dwelling_use="dwelling", owner_share=share, title_status="current",
                  answer="found")  # fmt: skip


def _contract(small: Small, person: Person) -> None:
    small.add("housing__sale_contract", contract_no=small.key("W"), id_number=person.number,
              buyer_name=small.name_of(person), registered_on=around(small, (-365, 0)))  # fmt: skip


def _vehicle(small: Small, person: Person) -> None:
    small.add("public_security__vehicle", request_id=small.key("Q"), plate_no=small.key("辽B"),
              **_who(small, person), state="normal", plate_type="small_car", answer="found",
              first_registered_on=date(2015, 1, 1))  # fmt: skip


def _relative_decides(small: Small, person: Person) -> None:
    """The family's application, a step of it, and whose relative took the step."""
    rng, number, staff = small.rng, small.key("A"), small.key("S")
    home = next((row["household_id"] for row in small.world.rows["civil_affairs__dibao", small.day]
                 if row["id_number"] == person.number), None)  # fmt: skip
    small.add("platform__application", application_id=number, **_who(small, person), matter="dibao",
              accepted_on=date(2019, 1, 1), status=rng.choice(("approved", "refused", "open")),
              household_id=home if rng.random() < 0.7 else None)  # fmt: skip
    small.add("platform__approval_step", application_id=number, step_no=1, staff_id=staff,
              result=rng.choice(("agreed", "returned", "refused")))  # fmt: skip
    small.add("civil_affairs__dibao__staff_relative", record_no=small.key("N"), staff_id=staff,
              relative_id_number=person.number, relative_name=small.name_of(person), has_approval_rights=True,
              staff_position="街道助理", filed_on=rng.choice((small.day, date(2019, 1, 1))),
              home_visit_on=around(small, (0,)))  # fmt: skip


def _kin_applies(small: Small, person: Person) -> None:
    """Somebody who is not on dibao applies, and so may the spouse, who is a relative of staff."""
    rng, staff = small.rng, small.key("S")
    spouse = small.person() if rng.random() < 0.6 else person
    applicant = small.person()
    small.add("civil_affairs__marriage", certificate_no=small.key("M"), event_type="marriage",
              registered_on=around(small, (0, -400)), husband_id_number=applicant.number,
              husband_name=small.name_of(applicant), wife_id_number=spouse.number,
              wife_name=small.name_of(spouse))  # fmt: skip
    for somebody in (applicant, spouse):
        number = small.key("A")
        if somebody is applicant or rng.random() < 0.3:
            small.add("platform__application", application_id=number, **_who(small, somebody), matter="dibao",
                      accepted_on=around(small, (0, -10)), household_id=None,
                      status=rng.choice(("open", "open", "refused")))  # fmt: skip
            small.add("platform__approval_step", application_id=number, step_no=1, staff_id=staff,
                      result=rng.choice(("agreed", "returned")))  # fmt: skip
    told = rng.choice((applicant, spouse, spouse))
    small.add("civil_affairs__dibao__staff_relative", record_no=small.key("N"), staff_id=staff,
              relative_id_number=told.number, relative_name=small.name_of(told), has_approval_rights=True,
              staff_position="街道助理", filed_on=rng.choice((None, None, date(2019, 1, 1))),
              home_visit_on=around(small, (0,)))  # fmt: skip


_OF_FAMILIES = (
    _wage_and_base, _deposits, _savings, _new_income, _wedding, _dwellings, _contract, _vehicle,
    _relative_decides, _kin_applies,
)  # fmt: skip
