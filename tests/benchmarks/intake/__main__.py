"""``python -m tests.benchmarks.intake``: how long the check at intake takes, on a hub that has run.

Eight clients, each with a connection of its own as an application of the whole city, call the two functions
of the intake desk as fast as they are answered. Beside it, in the same run and in turn, the same clients
ask for nothing (``select 1``): what the check costs is the difference. ``--during-build``: while dbt builds.
The hub's record of who read reports (``ops.report_reads``) grows by the calls made here.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

from hub import day_steps
from warehouse.publication import state
from warehouse.settings import Settings
from warehouse.store.connect import connect, rows
from warehouse.store.postgres import server

ROLE = "bench_intake"
HOUSEHOLD = "select * from marts.household_report_of(%s, 'benchmark')"
PEOPLE = "select * from marts.check_people(%s, 'benchmark')"
NOTHING = "select 1"
Call = tuple[str, tuple[Any, ...]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.intake", description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--calls", type=int, default=400, help="by each client, of each kind")
    parser.add_argument("--people", type=int, default=3, help="in a list asked about at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--during-build", action="store_true")
    chosen = parser.parse_args()
    settings = Settings.from_env()
    with server.running(settings), _role(settings):
        measure(settings, chosen.clients, chosen.calls, chosen.people, chosen.seed, chosen.during_build)
    return 0


def measure(settings: Settings, clients: int, calls: int, people: int, seed: int, building: bool) -> None:
    households, persons = _subjects(settings)
    say(
        f"{_size(settings)}; {clients} clients, {calls} calls each of a kind"
        + ", while dbt builds" * building
    )
    kinds: list[tuple[str, Callable[[random.Random], Call]]] = [
        ("nothing (select 1)", lambda _: (NOTHING, ())),
        ("one household", lambda r: (HOUSEHOLD, (r.choice(households),))),
        (f"{people} people", lambda r: (PEOPLE, (r.sample(persons, people),))),
    ]
    say(f"{'check':<20}{'first ms':>10}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}{'lines':>8}{'calls/s':>10}")
    for name, make in kinds:
        with _building(settings, building and name != kinds[0][0]):
            first, times, lines, seconds = _run(settings, clients, calls, make, seed)
        cuts = statistics.quantiles(times, n=20)
        say(
            f"{name:<20}{max(first):>10.1f}{statistics.median(times):>10.1f}{cuts[18]:>10.1f}{max(times):>10.1f}"
            f"{lines:>8.0f}{len(times) / seconds:>10.0f}"
        )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _run(
    settings: Settings, clients: int, calls: int, make: Callable[[random.Random], Call], seed: int
) -> tuple[list[float], list[float], float, float]:
    """First call of each connection (ms), all others (ms), lines per answer, seconds of the whole."""
    gate = threading.Barrier(clients + 1)

    def client(number: int) -> tuple[float, list[float], int]:
        chance = random.Random(seed * 1000 + number)
        with closing(connect(settings, application="benchmark")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"set role {ROLE}")
                first, count = _timed(cursor, make(chance))
                gate.wait()
                times = []
                for _ in range(calls):
                    took, lines = _timed(cursor, make(chance))
                    times.append(took)
                    count += lines
        return first, times, count

    with ThreadPoolExecutor(clients) as pool:
        waiting = [pool.submit(client, number) for number in range(clients)]
        gate.wait()
        begin = time.perf_counter()
        done = [w.result() for w in waiting]
        seconds = time.perf_counter() - begin
    times = [t for _, own, _ in done for t in own]
    return [f for f, _, _ in done], times, sum(c for *_, c in done) / (len(times) + clients), seconds


def _timed(cursor: Any, call: Call) -> tuple[float, int]:
    begin = time.perf_counter()
    cursor.execute(*call)
    lines = len(cursor.fetchall())
    return (time.perf_counter() - begin) * 1000, lines


@contextmanager
def _building(settings: Settings, wanted: bool) -> Any:
    """dbt builds the newest published day over and over meanwhile."""
    day = state.last_published(settings)
    if not wanted or day is None:
        yield
        return
    stop = threading.Event()

    def build() -> None:
        while not stop.is_set():
            day_steps.build(day)

    with ThreadPoolExecutor(1) as pool:
        builds = pool.submit(build)
        try:
            yield
        finally:
            stop.set()
            builds.result()


def _subjects(settings: Settings) -> tuple[list[str], list[str]]:
    """Households and people who may be asked about."""
    query = (
        "select distinct {} from core.dim_report_member "
        "where scope = 'all' and region_code is not null order by 1"
    )
    return (
        [row[0] for row in rows(settings, query.format("household_id"), ())],
        [row[0] for row in rows(settings, query.format("id_number"), ())],
    )


def _size(settings: Settings) -> str:
    [(loaded,)] = rows(settings, "select coalesce(sum(rows_loaded), 0) from ops.feed_batches", ())
    return f"SCALE={settings.scale:g}, {loaded:,} rows loaded"


@contextmanager
def _role(settings: Settings) -> Any:
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"create role {ROLE}; grant hub_app, hub_2101 to {ROLE}; grant {ROLE} to current_user")
    try:
        yield
    finally:
        with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(f"drop role {ROLE}")


if __name__ == "__main__":
    sys.exit(main())
