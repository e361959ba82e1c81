"""What a feed's task does on the day its whole source is due."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import warehouse.intake.load_feed
from connectors.errors import BatchRejected
from hub import day_steps
from tests.support.fakes import DELTA, SNAPSHOT, Department, chunk, rows_of
from warehouse.intake.load_feed import load_feed
from warehouse.settings import Settings

FIRST = date(2020, 6, 1)


@pytest.fixture
def source(fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch) -> Department:
    """The department every feed of this test leads to; tests change what it says."""
    department = Department(lambda feed: [chunk(feed, [{"cremation_no": "H1"}])])

    def load(feed_id: str, as_of: date, settings: Settings, **options: Any) -> Any:
        return load_feed(
            feed_id, as_of, settings, puller=department.pull, decoder=department.decode, **options
        )

    monkeypatch.setattr(warehouse.intake.load_feed, "load_feed", load)
    monkeypatch.setattr(Settings, "from_env", lambda: fresh_hub)
    return department


def take(day: date, **options: bool) -> str:
    return day_steps.load(DELTA, day, queries=False, refresh=False, **options)


def test_the_first_of_the_month_reads_the_whole_source(fresh_hub: Settings, source: Department) -> None:
    take(date(2020, 5, 31))
    source.content = "whole"
    take(FIRST)
    assert [window.since is None for window in source.windows] == [True, True]
    source.content = "delta"
    take(date(2020, 6, 2))
    assert source.windows[-1].since is not None
    assert rows_of(fresh_hub, "select as_of from ops.reconciliations") == [(FIRST,)]


def test_a_day_that_is_loaded_is_not_read_again(source: Department) -> None:
    take(FIRST)
    assert "unchanged" in take(FIRST)
    assert len(source.windows) == 1


def test_a_refused_comparison_does_not_cost_the_day(fresh_hub: Settings, source: Department) -> None:
    rows = [{"cremation_no": f"H{n}"} for n in range(60)]
    source.chunks = lambda feed: [chunk(feed, rows)]
    take(date(2020, 5, 31))
    source.chunks, source.content = (lambda feed: [chunk(feed, rows[:1])]), "cut off"
    assert "whole source was refused" in take(FIRST)
    assert source.windows[-1].since is not None
    outcomes = rows_of(fresh_hub, "select outcome from ops.feed_runs where as_of = %s order by run_id", FIRST)
    assert outcomes == [("rejected",), ("loaded",)]
    source.content = "cut off again"
    with pytest.raises(BatchRejected, match="looks cut off"):
        take(date(2020, 6, 2), reconcile=True)


def test_a_snapshot_has_nothing_to_compare(fresh_hub: Settings, source: Department) -> None:
    source.chunks = lambda feed: [chunk(feed, [{"id_number": "210102196001011001", "custody_start": FIRST}])]
    day_steps.load(SNAPSHOT, FIRST, queries=False, refresh=False, reconcile=True)
    assert rows_of(fresh_hub, "select count(*) from ops.reconciliations") == [(0,)]
