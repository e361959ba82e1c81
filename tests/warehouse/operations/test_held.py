"""Held batches: listed with why, released with who and why, or not at all."""

from __future__ import annotations

import psycopg2
import pytest

from tests.support.fakes import DAY, SNAPSHOT, Department, chunk, rows_of
from warehouse.errors import GateStateError, OperationRefused
from warehouse.intake import holds
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.operations.held import held_batches, release
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

pytestmark = pytest.mark.slow
WHY = Decision("wang", "the office confirmed the numbers by telephone")


def load(settings: Settings, content: str = "a", bad: int = 0) -> LoadResult:
    department = Department(lambda feed: [chunk(feed, [{"id_number": content}], bad)], content)
    return load_feed(SNAPSHOT, DAY, settings, refresh=True, puller=department.pull, decoder=department.decode)


def test_a_held_batch_is_listed_and_released_once(fresh_hub: Settings) -> None:
    batch = load(fresh_hub).batch_id
    assert held_batches(fresh_hub) == []
    holds.mark_held([batch], "volume_min: found 1, expected at least 5", fresh_hub)
    (found,) = held_batches(fresh_hub)
    assert (found.batch_id, found.feed_id, found.as_of, found.replaced) == (batch, SNAPSHOT, DAY, False)
    assert found.reason == "volume_min: found 1, expected at least 5"

    assert release(batch, WHY, fresh_hub) == SNAPSHOT
    assert held_batches(fresh_hub) == []
    with pytest.raises(OperationRefused, match="is loaded, not held"):
        release(batch, WHY, fresh_hub)
    said = rows_of(fresh_hub, "select decided_by, action, reason, batch_id::text, detail from ops.decisions")
    assert said == [("wang", "release", WHY.reason, str(batch), found.reason)]


def test_a_replaced_batch_cannot_be_released_and_no_decision_is_kept(fresh_hub: Settings) -> None:
    batch = load(fresh_hub).batch_id
    holds.mark_held([batch], "volume", fresh_hub)
    load(fresh_hub, "b")
    assert [b.replaced for b in held_batches(fresh_hub)] == [True]
    with pytest.raises(GateStateError, match="hold that one first"):
        release(batch, WHY, fresh_hub)
    assert rows_of(fresh_hub, "select count(*) from ops.decisions") == [(0,)]


def test_no_decision_without_a_reason_and_none_is_rewritten(fresh_hub: Settings) -> None:
    with pytest.raises(OperationRefused, match="--reason"):
        Decision("wang", "  ")
    batch = load(fresh_hub).batch_id
    holds.mark_held([batch], "volume", fresh_hub)
    release(batch, Decision("wang", "ID 210102196001011233 was asked about"), fresh_hub)
    assert rows_of(fresh_hub, "select reason from ops.decisions") == [
        ("ID 210102********1233 was asked about",)
    ]
    for statement in ("update ops.decisions set reason = 'x'", "delete from ops.decisions"):
        with pytest.raises(psycopg2.errors.RaiseException, match="kept as they were taken"):
            rows_of(fresh_hub, statement)
