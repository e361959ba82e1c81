"""Budgets of the source gate: how much of a batch may be set aside, and how few rows stop nothing."""

from __future__ import annotations

import pytest

from connectors.catalogue import Feed
from expectations.gate import check_feeds
from tests.expectations.city import (
    DAY,
    DELTA,
    EVENTS,
    FEEDS,
    SNAPSHOT,
    add_batch,
    rows_of,
)
from tests.expectations.gate_hub import NEXT, found, gate, status
from warehouse.settings import Settings

pytestmark = pytest.mark.slow


def test_volume_and_quarantine_have_two_levels(hub: Settings) -> None:
    add_batch(hub, FEEDS[SNAPSHOT], rows=1000)
    add_batch(hub, FEEDS[EVENTS], quarantined=30)
    result = gate(hub, SNAPSHOT, EVENTS)
    assert result.ok
    assert found(result) == {
        (SNAPSHOT, "volume_max", None, "warning"),
        (EVENTS, "quarantine_share", None, "warning"),
    }
    poisoned = add_batch(hub, FEEDS[EVENTS], NEXT, quarantined=300)
    result = gate(hub, SNAPSHOT, EVENTS, day=NEXT)
    assert (EVENTS, "quarantine_share_max", None, "error") in found(result)
    assert (status(hub, poisoned), result.ok) == ("held", False)


def test_a_small_batch_does_not_stop_for_two_damaged_rows(hub: Settings) -> None:
    add_batch(hub, FEEDS[EVENTS])
    add_batch(hub, FEEDS[EVENTS], NEXT, rows=3, start=10_001, quarantined=2)
    result = gate(hub, EVENTS, day=NEXT)
    assert result.ok
    assert {f.check for f in result.failures} == {"quarantine_share"}


def with_budget(feed_id: str, **budget: float) -> Feed:
    """The feed as if its declaration named a reject budget of its own."""
    return Feed.model_validate({**FEEDS[feed_id].model_dump(by_alias=True), "reject_budget": budget})


def test_a_feed_s_own_reject_budget_goes_before_the_default(hub: Settings) -> None:
    strict = with_budget(EVENTS, warn_share=0, error_share=0.001, error_min_rows=10)
    lenient = with_budget(SNAPSHOT, warn_share=0.5, error_share=0.9, error_min_rows=0)
    poisoned = add_batch(hub, FEEDS[EVENTS], rows=1000, quarantined=5)  # far below the default's 2 %
    kept = add_batch(hub, FEEDS[SNAPSHOT], rows=300, quarantined=200)  # 40 %: above the default's 20 %
    result = check_feeds(DAY, hub, catalogue={EVENTS: strict, SNAPSHOT: lenient})
    shares = {f for f in found(result) if f[1].startswith("quarantine_share")}
    assert shares == {
        (EVENTS, "quarantine_share", None, "warning"),
        (EVENTS, "quarantine_share_max", None, "error"),
    }
    assert (status(hub, poisoned), status(hub, kept)) == ("held", "loaded")


def test_a_small_batch_is_below_every_budget(hub: Settings) -> None:
    strict = with_budget(EVENTS, warn_share=0, error_share=0.001, error_min_rows=10)
    small = add_batch(hub, FEEDS[EVENTS], rows=4, quarantined=5)
    result = check_feeds(DAY, hub, catalogue={EVENTS: strict})
    assert (EVENTS, "quarantine_share", None, "warning") in found(result)
    assert "quarantine_share_max" not in {f.check for f in result.failures}
    assert status(hub, small) == "held"  # for its volume


def test_rows_of_later_do_not_use_up_the_reject_budget(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[DELTA], quarantined=2000)
    rows_of(
        hub,
        "insert into ops.quarantine (feed_id, batch_id, table_name, row_no, column_name, reason_code, "
        "message) select %s, %s, 'main', g, 'updated_at', 'time_in_future', 'found, expected' "
        "from generate_series(1, 2000) as g",
        DELTA,
        batch,
    )
    assert gate(hub, DELTA).failures == []
