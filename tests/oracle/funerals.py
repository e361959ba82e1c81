"""The second reading of the rule about money for funerals: see ``second_reading``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Shown

Row = dict[str, Any]
#: Pairs of classes nobody gets for one funeral, in the order their warning names them.
_NEVER_BOTH = (
    "full+difference",
    "full+full",
    "difference+difference",
    "eco_burial+sea_burial",
    "eco_burial+eco_burial",
    "sea_burial+sea_burial",
)
_COUNTY_HOMES = ("第六殡仪馆", "第七殡仪馆", "第八殡仪馆", "第九殡仪馆")
_OTHER_PARTS, _PENSION_GRANT = 105 + 740 + 600 + 120 + 100, 519


def funeral_subsidy(shown: Shown) -> Iterator[Finding]:
    paid = [
        row
        for row in shown.rows("civil_affairs__cremation")
        if row["id_number"]
        and row["subsidy_class"] not in (None, "none")
        and (row["subsidy_amount"] or 0) > 0
    ]
    for number, event, sub_type, sure in [*_pairs(paid), *_single(paid, shown)]:
        yield "warning", "funeral_subsidy", number, event, sub_type, "confirmed" if sure else "suspected"


def _pairs(paid: list[Row]) -> Iterator[tuple[str, str, str, bool]]:
    by_person: dict[str, list[Row]] = defaultdict(list)
    for row in paid:
        by_person[row["id_number"]].append(row)
    for number, rows in by_person.items():
        sure: dict[str, bool] = defaultdict(bool)
        for one, other in combinations(rows, 2):
            classes = one["subsidy_class"], other["subsidy_class"]
            for pair in {"+".join(classes), "+".join(reversed(classes))} & set(_NEVER_BOTH):
                sure[pair] |= one["full_name"] == other["full_name"]
        for pair, same_name in sure.items():
            yield number, f"pair:{pair}", "exclusive_pair", same_name


def _single(paid: list[Row], shown: Shown) -> Iterator[tuple[str, str, str, bool]]:
    """What one row says by itself, and what the death of its applicant says about it."""
    died: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for feed_id in ("public_security__death_cancellation", "civil_affairs__cremation"):
        for row in shown.rows(feed_id):
            if row["id_number"] is None:  # nobody can be told by it
                continue
            died[row["id_number"]].append((row["death_date"], row["full_name"]))
    for row in paid:
        number, record, on = row["id_number"], row["cremation_no"], row["cremated_on"]
        if on > shown.day or on < row["death_date"]:
            yield number, f"not_cremated:{record}", "not_cremated", True
        earlier = [name for day, name in died[row["applicant_id_number"]] if day < on]
        if earlier:
            yield number, f"applicant:{record}", "applicant_dead", row["applicant_name"] in earlier
        most = ceiling(row)
        if most is not None and row["subsidy_amount"] > most:
            yield number, f"ceiling:{record}", "above_ceiling", True


def ceiling(row: Row) -> Decimal | None:
    """The most the funeral may cost; None where there is no limit."""
    county = row["funeral_home"] in _COUNTY_HOMES
    most = _ceiling(row["subsidy_class"], county, row["cremated_on"])
    return None if most is None else Decimal(most)


def _ceiling(subsidy_class: str, county: bool, on: date) -> int | None:
    if subsidy_class in ("eco_burial", "sea_burial"):
        most = 1000 if subsidy_class == "eco_burial" else 1600
        return most if on >= date(2017, 1, 1) else None
    if on < date(2015, 1, 1):
        return None
    full = _OTHER_PARTS + (300 if county else 400)
    return full if subsidy_class == "full" else full - _PENSION_GRANT
