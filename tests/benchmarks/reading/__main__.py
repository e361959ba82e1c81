"""``python -m tests.benchmarks.reading``: how long the apps' typical queries take under row security.

It publishes invented warnings and hits of each size into a database of its own, on the server of the hub.
Then clients with the rights of one district ask each query as fast as they are answered: one client beside
one of the owner, who is under no policy, and many clients, with and without publications going on. The
variants of a query take turns, so they share the hour of the machine. The household's report is measured by
``tests.benchmarks.intake``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from psycopg2 import sql

from tests.benchmarks.reading import table
from tests.benchmarks.reading.clients import Measured, measure
from tests.benchmarks.reading.publishing import publishing
from tests.support.app_queries import QUERIES, REPORT, AppQuery, subjects
from tests.support.many_warnings import communities, publish_many
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.postgres import server

ROLE = "bench_reading"
ASKED = tuple(query for query in QUERIES if query is not REPORT)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reading", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="warnings")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--calls", type=int, default=100, help="by each client, of each query, in each turn")
    parser.add_argument("--turns", type=int, default=3)
    chosen = parser.parse_args()
    settings = Settings.from_env()
    results = {}
    with server.running(settings):
        for size in chosen.sizes:
            with _database(settings, size) as database:
                results[size] = _measure(database, size, chosen.clients, chosen.calls, chosen.turns)
            sys.stdout.write(table.of_size(size, chosen.clients, results[size]))
            sys.stdout.flush()
    sys.stdout.write(table.of_growth(results))
    return 0


def _measure(
    settings: Settings, size: int, clients: int, calls: int, turns: int
) -> dict[str, dict[str, Measured]]:
    """Milliseconds of each variant of each query."""
    with closing(connect(settings)) as connection, connection.cursor() as cursor:
        asked = subjects(cursor, _largest_district())
    found: dict[str, dict[str, Measured]] = {query.name: {} for query in ASKED}

    def add(query: AppQuery, variant: str, role: str | None, number: int, count: int) -> None:
        times = measure(settings, role, query, asked, number, count)
        found[query.name].setdefault(variant, Measured()).add(times)

    for _ in range(turns):
        for query in ASKED:
            add(query, "owner", None, 1, calls)
            add(query, "one", ROLE, 1, calls)
            add(query, "many", ROLE, clients, calls)
        with publishing(settings, size):
            for query in ASKED:
                add(query, "published", ROLE, clients, calls)
    return found


def _largest_district() -> str:
    prefixes = [code[:6] for code in communities()]
    return max(sorted(set(prefixes)), key=prefixes.count)


@contextmanager
def _database(settings: Settings, size: int) -> Iterator[Settings]:
    name = f"bench_reading_{size}"
    database = settings.with_database(server.ensure_database(name, settings))
    try:
        migrate(database)
        sys.stderr.write(f"publishing {size:,} warnings\n")
        publish_many(database, size)
        with _role(database):
            yield database
    finally:
        with closing(psycopg2.connect(server.info(settings).url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))


@contextmanager
def _role(settings: Settings) -> Iterator[None]:
    groups = f"hub_app, hub_{_largest_district()}"
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"create role {ROLE}; grant {groups} to {ROLE}; grant {ROLE} to current_user")
    try:
        yield
    finally:
        with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(f"drop role {ROLE}")


if __name__ == "__main__":
    sys.exit(main())
