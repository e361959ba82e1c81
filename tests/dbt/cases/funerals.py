"""Funerals and what is paid for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.dbt.cases.expected import DAY, Expected, report_death
from tests.support.hand_made_world import T, World


def _cremated(w: World, person: str, subsidy: str | None, amount: float | str, on: date = date(2020, 3, 1),
              **values: Any) -> str:  # fmt: skip
    """With money granted; the number of the record."""
    w.cases += 1
    given = {"death_date": on - DAY, "funeral_home": "第一殡仪馆", **values}
    w.add("civil_affairs__cremation", cremation_no=f"HS{w.cases}", id_number=person, cremated_on=on,
          subsidy_class=subsidy, subsidy_amount=amount, **given)  # fmt: skip
    return f"HS{w.cases}"


def funeral_pair(w: World, e: Expected) -> None:
    for one, other, name, pair in (
        ("full", "difference", "张三", "full+difference"),
        ("difference", "full", "张三", "full+difference"),
        ("full", "full", "张三", "full+full"),
        ("difference", "difference", "李四", "difference+difference"),
        ("sea_burial", "eco_burial", "张三", "eco_burial+sea_burial"),
        ("eco_burial", "eco_burial", "张三", "eco_burial+eco_burial"),
        ("sea_burial", "sea_burial", "张三", "sea_burial+sea_burial"),
        ("full", "eco_burial", "张三", None),
        ("difference", "sea_burial", "张三", None),
        ("full", "none", "张三", None),
        ("full", None, "张三", None),
    ):
        person = w.person()
        _cremated(w, person, one, 900)
        _cremated(w, person, other, 900, full_name=name)
        if pair:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("funeral_subsidy", person, f"pair:{pair}", "exclusive_pair", confidence)
    not_granted, withdrawn = w.person(), w.person()
    for person in (not_granted, withdrawn):
        _cremated(w, person, "full", 900)
    _cremated(w, not_granted, "full", 0)
    given: dict[str, Any] = {"death_date": date(2020, 2, 1), "updated_at": "2020-05-01", "as_of": T - 9 * DAY}
    number = _cremated(w, withdrawn, "full", 900, **given)
    w.add("civil_affairs__cremation", cremation_no=number, id_number=withdrawn, operation="delete",
          subsidy_class="full", subsidy_amount=900, updated_at="2020-05-02")  # fmt: skip


def funeral_subsidy(w: World, e: Expected) -> None:
    def expect(person: str, event: str, sub_type: str, confidence: str = "confirmed") -> None:
        e.warn("funeral_subsidy", person, event, sub_type, confidence)

    home, county = "第一殡仪馆", "第九殡仪馆"
    for on, died, found in (
        (T, T, False),
        (T + DAY, T, True),
        (date(2020, 3, 1), date(2020, 3, 2), True),
    ):
        for amount in (900, 0):
            person = w.person()
            number = _cremated(w, person, "full", amount, on, death_date=died)
            if found and amount:
                expect(person, f"not_cremated:{number}", "not_cremated")
    for days, name, by_funeral, subsidy, found in (
        (1, "张三", False, "full", True),
        (1, "张三", True, "eco_burial", True),
        (1, "李四", False, "full", True),
        (0, "张三", False, "full", False),
        (-1, "张三", True, "full", False),
        (1, "张三", False, "none", False),
    ):
        person, applicant = w.person(), w.person()
        report_death(w, applicant, date(2020, 3, 1) - days * DAY, name=name, funeral=by_funeral)
        number = _cremated(w, person, subsidy, 900, applicant_id_number=applicant, applicant_name="张三")
        if found:
            confidence = "confirmed" if name == "张三" else "suspected"
            expect(person, f"applicant:{number}", "applicant_dead", confidence)
    for subsidy, place, most in (
        ("full", home, 2065),
        ("full", county, 1965),
        ("full", "-", 2065),
        ("difference", home, 1546),
        ("difference", county, 1446),
        ("eco_burial", home, 1000),
        ("sea_burial", county, 1600),
    ):
        _cremated(w, w.person(), subsidy, most, funeral_home=place)
        person = w.person()
        number = _cremated(w, person, subsidy, f"{most}.01", funeral_home=place)
        expect(person, f"ceiling:{number}", "above_ceiling")
    # before there was a ceiling; two things at once about one row
    _cremated(w, w.person(), "sea_burial", 9000, date(2016, 12, 31))
    person = w.person()
    number = _cremated(w, person, "sea_burial", 9000, date(2017, 1, 1), death_date=date(2017, 1, 2))
    expect(person, f"ceiling:{number}", "above_ceiling")
    expect(person, f"not_cremated:{number}", "not_cremated")
