"""The check at intake of a household of four beside ten indexed point reads, for ``make bench``."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from tests.benchmarks.intake.__main__ import HOUSEHOLD, ROLE, _role
from warehouse.settings import Settings
from warehouse.store.connect import connect, rows

READ = "select * from marts.warnings where warning_id = %s"
CALLS, READS, WARM = 200, 10, 10
_OF_FOUR = """
select household_id from core.dim_report_member where scope = 'all' and region_code is not null
group by 1 having count(*) = 4 order by 1
"""


def measure(settings: Settings, pairs: int) -> list[tuple[float, float]]:
    """Returns p95 of the check and p95 of ten point reads in milliseconds, ``pairs`` times in turn."""
    households = [r[0] for r in rows(settings, _OF_FOUR, ())]
    warnings = [r[0] for r in rows(settings, "select warning_id from marts.warnings order by 1", ())]
    if not households or not warnings:
        raise RuntimeError("no household of four or no warning in this city: choose a larger SCALE")
    chance = random.Random(1)
    with _role(settings), closing(connect(settings, application="benchmark")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"set role {ROLE}")

            def check() -> None:
                _ask(cursor, HOUSEHOLD, chance.choice(households))

            def reads() -> None:
                for _ in range(READS):
                    _ask(cursor, READ, chance.choice(warnings))

            return [(_p95(check), _p95(reads)) for _ in range(pairs)]


def _ask(cursor: Any, statement: str, subject: str) -> None:
    cursor.execute(statement, (subject,))
    cursor.fetchall()


def _p95(call: Callable[[], None]) -> float:
    """Returns milliseconds; the first calls of a connection, which plan, do not count."""
    for _ in range(WARM):
        call()
    times = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        call()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.quantiles(times, n=20)[18]
