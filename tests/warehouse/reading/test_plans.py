"""What applications ask is read by index, whatever the size and whoever asks.

Rows are counted, never seconds: the plan of eight times as many warnings throws away no more rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.app_queries import (
    ASKED_OTHERWISE,
    COUNTS,
    EVENTS,
    QUERIES,
    REPORT,
    AppQuery,
    Parameters,
    subjects,
)
from tests.support.fakes import rows_of
from tests.support.many_warnings import publish_many
from warehouse.settings import Settings
from warehouse.store.connect import connect

pytestmark = pytest.mark.slow

HEPING = "210102"
SMALL, LARGE = 1_000, 8_000
#: A few more rows of others are no growth: where they lie is chance.
CHANCE = 100
BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Index Scan", "Bitmap Heap Scan"}
ROLES = {
    "t_plan_city": "hub_app, hub_2101",
    "t_plan_district": f"hub_app, hub_{HEPING}",
    "t_plan_analyst": f"hub_analyst, hub_{HEPING}",
}
#: The report reads the tables of dbt: tests/dbt/test_household_report.py.
OF_THE_MARTS = tuple(query for query in QUERIES if query is not REPORT)
#: What an analyst may select from.
OF_ANALYSTS = tuple(q for q in QUERIES if "_masked" in q.sql or q in (EVENTS, COUNTS))


@dataclass(frozen=True)
class Read:
    """What a plan did: how it read tables, rows thrown away by filters, rows returned."""

    scans: frozenset[str]
    thrown_away: int
    rows: int


@pytest.fixture(scope="module")
def roles(hub_db: Settings) -> Iterator[None]:
    """Roles belong to the server: both databases see them."""
    for role, groups in ROLES.items():
        rows_of(hub_db, f"create role {role}; grant {groups} to {role}; grant {role} to current_user")
    yield
    for role in ROLES:
        rows_of(hub_db, f"drop role {role}")


@pytest.fixture(scope="module")
def reads(hub_db: Settings, roles: None) -> dict[tuple[str, str, int], Read]:
    """What each query of each role read: in a small database, and in the same one when it has grown."""
    del roles
    found = {}
    for size in (SMALL, LARGE):
        rows_of(hub_db, "truncate marts.publications, marts.warning_counts cascade")
        publish_many(hub_db, size)
        with closing(connect(hub_db)) as connection, connection.cursor() as cursor:
            [asked] = subjects(cursor, HEPING, 1)
            for role in ROLES:
                cursor.execute(f"set role {role}")
                for query in OF_ANALYSTS if "analyst" in role else (*OF_THE_MARTS, *ASKED_OTHERWISE):
                    found[role, query.name, size] = _read(cursor, query, asked)
                cursor.execute("reset role")
    return found


def _read(cursor: Any, query: AppQuery, asked: Parameters) -> Read:
    cursor.execute(f"explain (analyze, timing off, format json) {query.sql}", asked)
    plan = cursor.fetchone()[0][0]["Plan"]
    nodes = list(_nodes(plan))
    return Read(
        frozenset(n["Node Type"] for n in nodes if "Relation Name" in n),
        sum(n.get("Rows Removed by Filter", 0) * n["Actual Loops"] for n in nodes),
        plan["Actual Rows"],
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


@pytest.mark.parametrize("role", ["t_plan_city", "t_plan_district"])
@pytest.mark.parametrize("query", OF_THE_MARTS, ids=lambda q: q.name)
def test_a_typical_query_is_read_by_index(
    reads: dict[tuple[str, str, int], Read], role: str, query: AppQuery
) -> None:
    small, large = (reads[role, query.name, size] for size in (SMALL, LARGE))
    assert large.rows > 0
    assert large.scans <= BY_INDEX
    assert large.thrown_away <= small.thrown_away + CHANCE


@pytest.mark.parametrize("query", OF_ANALYSTS, ids=lambda q: q.name)
def test_so_it_is_for_an_analyst(reads: dict[tuple[str, str, int], Read], query: AppQuery) -> None:
    small, large = (reads["t_plan_analyst", query.name, size] for size in (SMALL, LARGE))
    assert large.rows > 0
    assert large.scans <= BY_INDEX
    assert large.thrown_away <= small.thrown_away + CHANCE


@pytest.mark.parametrize("role", ["t_plan_city", "t_plan_district"])
@pytest.mark.parametrize("query", ASKED_OTHERWISE, ids=lambda q: q.name)
def test_who_names_no_district_is_served_in_the_order_of_the_page(
    reads: dict[tuple[str, str, int], Read], role: str, query: AppQuery
) -> None:
    """What is thrown away on the way depends on the part of the city that is looked for, not on the size."""
    large = reads[role, query.name, LARGE]
    assert large.rows > 0
    assert large.scans <= BY_INDEX


def test_the_whole_table_is_read_without_the_indexes(hub_db: Settings, reads: object) -> None:
    """The control: the rows that are thrown away are seen."""
    del reads
    query = next(q for q in OF_THE_MARTS if q.name.startswith("open warnings of a district"))
    with closing(connect(hub_db)) as connection, connection.cursor() as cursor:
        [asked] = subjects(cursor, HEPING, 1)
        cursor.execute(
            "drop index marts.warnings_open_district, marts.warnings_open_district_rule, "
            "marts.warnings_open_due, marts.warnings_region"
        )
        cursor.execute("set local role t_plan_district")
        read = _read(cursor, query, asked)
        connection.rollback()
    assert not read.scans <= BY_INDEX or read.thrown_away > LARGE / 4
