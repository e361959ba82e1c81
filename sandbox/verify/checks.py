"""Compares what a cross-check says of each hit with the city: its kind, the days, the months and the
money.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sandbox.verify import linkage
from sandbox.verify.comparison import Fact
from warehouse.settings import Settings
from warehouse.store.connect import rows

_COLUMNS = ("sub_type", "overlap_from", "overlap_until", "overpaid_months", "overpaid_amount")
_FOUND = (
    f"select check_id, id_number, enrolment_id, {', '.join(_COLUMNS)} from marts.cross_check_hits "
    f"where is_current and not ({linkage.BY_LINK})"
)


def facts(settings: Settings, city: Path, as_of: date) -> tuple[list[Fact], list[Fact]]:
    """Returns planted and published hits: check, subject, case, and the rest as text."""
    from sandbox.overpaid import expected_hits

    planted = (
        expected_hits(city, as_of).select("check_id", "id_number", "enrolment_id", *_COLUMNS).iter_rows()
    )
    return [hit_text(*hit) for hit in planted], [hit_text(*hit) for hit in rows(settings, _FOUND, ())]


def hit_text(check: str, subject: str, case: str, *columns: object) -> Fact:
    """Returns a hit as text. Unknown values are dashes; amounts have two places on both sides."""
    kind, first, last, months, amount = ("-" if value is None else str(value) for value in columns)
    return check, subject, case, f"{kind} {first}..{last} {months} months {amount}"
