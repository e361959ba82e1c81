"""Clients that ask a query as fast as they are answered."""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from tests.support.app_queries import AppQuery, Parameters
from warehouse.settings import Settings
from warehouse.store.connect import connect


@dataclass
class Measured:
    """Milliseconds of all calls of one variant of a query."""

    times: list[float] = field(default_factory=list)

    def add(self, times: Sequence[float]) -> None:
        """Adds the calls of a turn."""
        self.times.extend(times)

    @property
    def p50(self) -> float:
        """Returns the median."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """Returns what nineteen of twenty calls do not exceed."""
        return statistics.quantiles(self.times, n=20)[18]


def measure(
    settings: Settings,
    role: str | None,
    query: AppQuery,
    asked: Sequence[Parameters],
    clients: int,
    calls: int,
) -> list[float]:
    """Returns the milliseconds of ``calls`` calls of each of ``clients`` clients; ``role`` None is the owner.

    The first call of a connection is not counted: it reads the catalogue.
    """
    gate = threading.Barrier(clients)

    def client(number: int) -> list[float]:
        chance = random.Random(number)
        with closing(connect(settings, application="benchmark")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                if role:
                    cursor.execute(f"set role {role}")
                cursor.execute(query.sql, asked[0])
                cursor.fetchall()
                gate.wait()
                times = []
                for _ in range(calls):
                    values = chance.choice(asked)
                    begin = time.perf_counter()
                    cursor.execute(query.sql, values)
                    cursor.fetchall()
                    times.append((time.perf_counter() - begin) * 1000)
        return times

    with ThreadPoolExecutor(clients) as pool:
        return [t for times in pool.map(client, range(clients)) for t in times]
