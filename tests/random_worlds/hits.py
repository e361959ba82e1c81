"""What the built models say of each cross-check hit, beside what the second reading says of it."""

from __future__ import annotations

from typing import Any

from tests.oracle.checks import hits
from tests.random_worlds.shown import ShownByWorld
from tests.support.dbt import query
from warehouse.settings import Settings


def hits_told_otherwise(hub: Settings, shown: ShownByWorld) -> list[tuple[Any, ...]]:
    """Who says it, check, number, case, sub-type, first and last day together, months and money paid on."""
    by_sql = query(
        hub,
        """select check_id, id_number, enrolment_id, sub_type, overlap_from, overlap_until, overpaid_months,
               overpaid_amount from candidate.cross_check_hits""",
    )
    by_reading = hits(shown)
    only = [("sql", *hit) for hit in by_sql - by_reading] + [("python", *hit) for hit in by_reading - by_sql]
    return sorted(only, key=lambda hit: (hit[2], hit[1], hit[3], hit[0]))
