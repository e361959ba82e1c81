"""``marts.warning_counts`` counts what is open, after whatever may happen to a warning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.candidates import TOMORROW, put, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.publish import publish
from warehouse.publication.rollback import rollback
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

COUNTED = (
    "select level, region_prefix, rule_id, status, warnings from marts.warning_counts where warnings > 0"
)
WANTED = """
    select a.level, left(w.region_code, a.digits), w.rule_id, w.status, count(*)::integer
    from marts.warnings as w
    cross join (values ('city', 4), ('district', 6), ('street', 9), ('community', 12)) as a (level, digits)
    where ops.is_open(w.status) and w.region_code is not null group by 1, 2, 3, 4
"""
WARNINGS = [
    warning("w1"),
    warning("w2", region_code="210102003002"),
    warning("w3", region_code="210104001001", rule_id="hukou"),
    warning("w4", region_code=None),
]


@pytest.fixture
def desk(fresh_hub: Settings) -> Iterator[str]:
    rows_of(fresh_hub, "create role t_counts_desk; grant hub_app, hub_2101 to t_counts_desk")
    rows_of(fresh_hub, "grant t_counts_desk to current_user")
    yield "set role t_counts_desk; "
    rows_of(fresh_hub, "drop role t_counts_desk")


def counted(settings: Settings) -> list[tuple[object, ...]]:
    """Returns the counts, after a comparison with the warnings themselves."""
    found = sorted(rows_of(settings, COUNTED))
    assert found == sorted(rows_of(settings, WANTED))
    return found


def step(settings: Settings, desk: str, name: str, *more: str) -> None:
    marks = ", %s" * len(more)
    rows_of(settings, f"{desk}select * from marts.take_step('w1', %s, 'wang'{marks})", name, *more)


def test_every_step_is_counted(fresh_hub: Settings, desk: str) -> None:
    put(fresh_hub, WARNINGS)
    first = publish(DAY, fresh_hub).publication_id
    assert ("district", "210102", "death", "open", 2) in counted(fresh_hub)
    assert len(counted(fresh_hub)) == 9

    step(fresh_hub, desk, "acknowledge")
    assert ("city", "2101", "death", "acknowledged", 1) in counted(fresh_hub)
    step(fresh_hub, desk, "verify")
    step(fresh_hub, desk, "resolve", "已停发", "benefit_stopped")
    assert ("city", "2101", "death", "open", 1) in counted(fresh_hub)
    step(fresh_hub, desk, "reopen", "再查")
    assert ("street", "210102003", "death", "open", 2) in counted(fresh_hub)

    # one moves, one is withdrawn, one comes
    put(
        fresh_hub,
        [warning("w1", region_code="210104001001"), WARNINGS[2], warning("w5", rule_id="vehicle")],
        day=TOMORROW,
    )
    publish(TOMORROW, fresh_hub)
    assert ("district", "210102", "vehicle", "open", 1) in counted(fresh_hub)
    rollback(first, Decision("wang", "a wrong feed"), fresh_hub)
    assert ("district", "210102", "death", "open", 2) in counted(fresh_hub)


def test_a_publication_removes_what_counts_nothing(fresh_hub: Settings, desk: str) -> None:
    put(fresh_hub, WARNINGS)
    publish(DAY, fresh_hub)
    step(fresh_hub, desk, "acknowledge")
    put(fresh_hub, WARNINGS, day=TOMORROW)
    publish(TOMORROW, fresh_hub)
    assert rows_of(fresh_hub, "select count(*) from marts.warning_counts where warnings = 0") == [(0,)]
    counted(fresh_hub)
