"""Each login sees exactly the rows of its areas, in whatever table and by whatever level."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.candidates import TOMORROW, hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.publish import publish
from warehouse.settings import Settings
from warehouse.store.connect import connect

pytestmark = pytest.mark.slow

#: Communities side by side, streets and districts that begin alike, a row of the city, one of nowhere.
CODES = (
    "210102001001",
    "210102001002",
    "210102002001",
    "210102000000",
    "210103001001",
    "210112001001",
    "210111001001",
    "210100000000",
    "210181001001",
    "220102001001",
    None,
)
AREAS = ("2101", "210102", "210103", "210112", "210102001", "210102001001", "210112001", "21", "210181001001")
#: Table, its area, what tells its rows apart.
TABLES = {
    "warnings": ("region_code", "warning_id"),
    "cross_check_hits": ("region_code", "hit_id"),
    "unanswered": ("region_code", "person_id"),
    "warning_events": ("region_code", "event_seq::text"),
    "kept_rows": ("region_code", "mart || row_key || from_publication"),
    "warning_counts": ("region_prefix", "level || region_prefix || rule_id || status"),
}
MASKED = ("warnings", "cross_check_hits", "unanswered")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def hub(hub_db: Settings) -> Settings:
    names = [f"{number:02d}" for number in range(len(CODES))]
    put(
        hub_db,
        [warning(f"w{n}", region_code=code) for n, code in zip(names, CODES, strict=True)],
        [hit(f"h{n}", region_code=code) for n, code in zip(names, CODES, strict=True)],
        [unanswered(f"p{n}", region_code=code) for n, code in zip(names, CODES, strict=True)],
    )
    publish(DAY, hub_db)
    # warnings move: events and kept rows of one and the same warning lie in several areas
    moved = (*CODES[1:], CODES[0])
    put(
        hub_db,
        [warning(f"w{n}", region_code=code) for n, code in zip(names, moved, strict=True)],
        day=TOMORROW,
    )
    publish(TOMORROW, hub_db)
    return hub_db


@pytest.fixture(scope="module")
def everything(hub: Settings) -> dict[str, list[tuple[str | None, str]]]:
    """Area and key of every row, as the owner sees them."""
    return {
        table: rows_of(hub, f"select {area}, {key} from marts.{table}")
        for table, (area, key) in TABLES.items()
    }


def _seen(
    hub: Settings, kind: str, areas: frozenset[str], nested: bool
) -> Iterator[tuple[str, Counter[str]]]:
    """What a login of ``kind`` sees that has each of ``areas`` by a role of its own."""
    number = next(_numbers)
    posts = {f"t_area_{number}_{place}": area for place, area in enumerate(sorted(areas))}
    reader, group = f"t_reader_{number}", f"t_group_{number}"
    with closing(connect(hub)) as connection, connection.cursor() as cursor:
        cursor.execute(f"create role {group}; create role {reader}; grant {kind}, {group} to {reader}")
        for post, area in posts.items():
            cursor.execute(f"create role {post}; grant {post} to {group if nested else reader}")
            cursor.execute("insert into ops.role_regions values (%s, %s)", (post, area))
        cursor.execute(f"grant {reader} to current_user; set local role {reader}")
        for table, (_, key) in TABLES.items():
            masked = "_masked" if kind == "hub_analyst" and table in MASKED else ""
            cursor.execute(f"select {key} from marts.{table}{masked}")
            yield table, Counter(found for (found,) in cursor.fetchall())
        connection.rollback()


@given(areas=st.frozensets(st.sampled_from(AREAS), max_size=4), nested=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", ["hub_app", "hub_analyst"])
def test_a_login_sees_the_rows_of_its_areas_and_no_others(
    hub: Settings,
    everything: dict[str, list[tuple[str | None, str]]],
    kind: str,
    areas: frozenset[str],
    nested: bool,
) -> None:
    for table, seen in _seen(hub, kind, areas, nested):
        wanted = Counter(
            key for code, key in everything[table] if code is not None and code.startswith(tuple(areas))
        )
        assert seen == wanted, table


@pytest.mark.parametrize(
    ("area", "level"), [("2101", "city"), ("210102", "district"), ("210102001", "street")]
)
def test_what_is_counted_is_what_is_seen(hub: Settings, area: str, level: str) -> None:
    """The counts of an area are those of the open warnings that its login sees."""
    with closing(connect(hub)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create role t_counts; create role t_counts_area; grant hub_app, t_counts_area to t_counts"
        )
        cursor.execute("insert into ops.role_regions values ('t_counts_area', %s)", (area,))
        cursor.execute("grant t_counts to current_user; set local role t_counts")
        cursor.execute(
            "select rule_id, status, count(*) from marts.warnings where ops.is_open(status) group by 1, 2"
        )
        wanted = sorted(cursor.fetchall())
        cursor.execute(
            "select rule_id, status, sum(warnings) from marts.warning_counts "
            "where level = %s and region_prefix = %s and warnings > 0 group by 1, 2",
            (level, area),
        )
        assert wanted
        assert sorted(cursor.fetchall()) == wanted
        connection.rollback()


def test_a_role_without_the_rights_of_its_area_does_not_have_it(hub: Settings) -> None:
    """A member that does not inherit has to say ``set role``."""
    with closing(connect(hub)) as connection, connection.cursor() as cursor:
        cursor.execute("create role t_by_name noinherit; grant hub_app, hub_210102 to t_by_name")
        cursor.execute("select ops.region_patterns('t_by_name'), ops.region_patterns('t_by_name', 'hub_app')")
        assert cursor.fetchall() == []
        cursor.execute("select ops.region_patterns('hub_210102')")
        assert cursor.fetchall() == [("210102%",)]
        connection.rollback()
