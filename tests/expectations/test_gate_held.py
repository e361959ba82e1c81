"""Old, held and released batches: what the verdict rests on as days pass."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import GateFailed
from tests.expectations.city import (
    DAY,
    DELTA,
    FEEDS,
    REPLY,
    SNAPSHOT,
    add_batch,
    rows_of,
)
from tests.expectations.gate_hub import NEXT, found, gate, spoil, status
from warehouse.intake import holds
from warehouse.settings import Settings

pytestmark = pytest.mark.slow


def test_an_old_or_missing_feed(hub: Settings) -> None:
    assert found(gate(hub, DELTA)) == {
        (DELTA, c, None, s) for c, s in (("fresh", "error"), ("recent", "warning"))
    }
    add_batch(hub, FEEDS[DELTA])
    assert gate(hub, DELTA).ok
    late = gate(hub, DELTA, day=DAY + timedelta(days=3))
    assert (late.ok, found(late)) == (True, {(DELTA, "recent", None, "warning")})
    too_late = gate(hub, DELTA, day=DAY + timedelta(days=6))
    assert not too_late.ok
    # asked again, nothing is checked anew, and the verdict stays
    again = gate(hub, DELTA, day=DAY + timedelta(days=6))
    assert (again.checked, found(again)) == (0, found(too_late))


def test_a_poisoned_feed_is_held_until_it_is_sent_again(hub: Settings) -> None:
    good = add_batch(hub, FEEDS[SNAPSHOT])
    add_batch(hub, FEEDS[REPLY])
    assert gate(hub, SNAPSHOT, REPLY).ok
    poisoned = add_batch(hub, FEEDS[SNAPSHOT], NEXT, rows=1)
    result = gate(hub, SNAPSHOT, REPLY, day=NEXT)
    assert not result.ok
    with pytest.raises(GateFailed, match=f"{SNAPSHOT}: check volume_min") as failure:
        result.raise_if_failed()
    assert failure.value.exit_code == 4
    assert str(result.docs_path) in str(failure.value)
    assert status(hub, poisoned) == "held"
    # what staging will read is the last good batch
    assert holds.current_batches(NEXT, hub)[SNAPSHOT] == [good]

    again = gate(hub, SNAPSHOT, REPLY, day=NEXT)
    assert {(f.feed_id, f.check) for f in again.errors} == {(SNAPSHOT, "held")}
    assert "volume_min" in again.errors[0].message

    corrected = add_batch(hub, FEEDS[SNAPSHOT], NEXT, content="corrected")
    assert gate(hub, SNAPSHOT, REPLY, day=NEXT).ok
    assert holds.current_batches(NEXT, hub)[SNAPSHOT] == [corrected]


def test_a_held_batch_does_not_stop_later_days_and_can_be_released(hub: Settings) -> None:
    add_batch(hub, FEEDS[SNAPSHOT])
    gate(hub, SNAPSHOT)
    poisoned = add_batch(hub, FEEDS[SNAPSHOT], NEXT, rows=1)
    assert not gate(hub, SNAPSHOT, day=NEXT).ok
    assert gate(hub, SNAPSHOT, day=NEXT + timedelta(days=1)).ok
    holds.release([poisoned], hub)
    released = gate(hub, SNAPSHOT, day=NEXT)
    assert released.ok
    assert {(f.check, f.severity) for f in released.failures} == {("volume_min", "warning")}


def decide(hub: Settings, action: str, batch: str) -> None:
    rows_of(
        hub,
        "insert into ops.decisions (decided_by, action, reason, feed_id, batch_id) "
        "select 'wang', %s, 'the office said so', feed_id, batch_id "
        "from ops.feed_batches where batch_id = %s",
        action,
        batch,
    )


def test_corrected_rows_are_checked_again_unless_the_batch_was_released(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[DELTA])
    assert gate(hub, DELTA).ok
    spoil(hub, DELTA, "operation = 'delete'", 1500)
    assert gate(hub, DELTA).checked == 0
    decide(hub, "correct", batch)
    assert not gate(hub, DELTA).ok
    assert status(hub, batch) == "held"
    decide(hub, "release", batch)
    holds.release([batch], hub)
    decide(hub, "correct", batch)
    assert gate(hub, DELTA).ok
    assert status(hub, batch) == "loaded"
