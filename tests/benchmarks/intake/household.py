"""The check at intake of a household of four beside ten indexed point reads, for ``make bench``."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.benchmarks.intake.__main__ import HOUSEHOLD, ROLE, role, timed
from warehouse.settings import Settings
from warehouse.store.connect import connect, rows

READ = "select * from marts.warnings where warning_id = %s"
CALLS, READS, WARM = 200, 10, 10


def measure(settings: Settings, pairs: int) -> list[tuple[float, float]]:
    """Returns p95 of the check and p95 of ten point reads in milliseconds, ``pairs`` times in turn."""
    households = [r[0] for r in rows(settings, _OF_FOUR, ())]
    warnings = [r[0] for r in rows(settings, "select warning_id from marts.warnings order by 1", ())]
    if not households or not warnings:
        raise RuntimeError("no household of four or no warning in this city: choose a larger SCALE")
    chance = random.Random(1)
    found = []
    with role(settings), closing(connect(settings, application="benchmark")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"set role {ROLE}")

            def check() -> float:
                return timed(cursor, (HOUSEHOLD, (chance.choice(households),)))[0]

            def reads() -> float:
                return sum(timed(cursor, (READ, (chance.choice(warnings),)))[0] for _ in range(READS))

            for _ in range(pairs):
                found.append((_p95(check), _p95(reads)))
    return found


def _p95(call: Callable[[], float]) -> float:
    for _ in range(WARM):
        call()
    times: list[Any] = [call() for _ in range(CALLS)]
    return float(statistics.quantiles(times, n=20)[18])


_OF_FOUR = """
select household_id from core.dim_report_member where scope = 'all' and region_code is not null
group by 1 having count(*) = 4 order by 1
"""
