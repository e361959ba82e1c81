"""What is odd about a delivery becomes a warning of the gate."""

from __future__ import annotations

import pytest

from tests.expectations.city import (
    DAY,
    DELTA,
    FEEDS,
    SNAPSHOT,
    add_batch,
    rows_of,
)
from tests.expectations.gate_hub import NEXT, found, gate, status
from warehouse.settings import Settings

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("code", "check"), [("same_as_before", "same_as_before"), ("from_the_pull", "noted")]
)
def test_what_the_loader_noted_is_a_warning(hub: Settings, code: str, check: str) -> None:
    batch = add_batch(hub, FEEDS[SNAPSHOT])
    rows_of(
        hub,
        "insert into ops.delivery_notes (batch_id, feed_id, as_of, code, message) "
        "values (%s, %s, %s, %s, 'as it came before')",
        batch,
        SNAPSHOT,
        DAY,
        code,
    )
    (failure,) = gate(hub, SNAPSHOT).failures
    assert (failure.check, failure.severity, failure.observed) == (check, "warning", "as it came before")
    assert status(hub, batch) == "loaded"


@pytest.mark.parametrize(
    ("share", "since", "told"), [(0.4, True, False), (0.9, True, True), (1.0, False, False)]
)
def test_a_delta_that_brings_most_of_its_source_is_told(
    hub: Settings, share: float, since: bool, told: bool
) -> None:
    add_batch(hub, FEEDS[DELTA])
    ((rows,),) = rows_of(hub, "select rows_loaded from ops.feed_batches")
    gate(hub, DELTA)
    # the fake's keys are the same rows again
    batch = add_batch(hub, FEEDS[DELTA], NEXT, rows=int(rows * share))
    if since:
        rows_of(hub, "update ops.feed_batches set cursor_since = cursor_until - interval '1 day'")
    result = gate(hub, DELTA, day=NEXT)
    assert found(result) == ({(DELTA, "changed_share", None, "warning")} if told else set())
    assert status(hub, batch) == "loaded"
    if told:
        assert "compare with the whole of it" in result.failures[0].observed
