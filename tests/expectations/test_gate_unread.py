"""The gate over values that could not be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.catalogue import Feed
from expectations.gate import check_feeds
from tests.expectations.city import (
    DAY,
    FEEDS,
    MANY_TABLES,
    REPLY,
    SNAPSHOT,
    add_batch,
    rows_of,
)
from tests.expectations.gate_hub import found, gate, status
from warehouse.operations import alerts
from warehouse.settings import Settings

pytestmark = pytest.mark.slow


def unread(hub: Settings, batch: str, *lines: tuple[str, int, int], table: str = "main") -> None:
    for column, filled, count in lines:
        rows_of(
            hub,
            "insert into ops.unread_values select batch_id, feed_id, %s, %s, %s, %s "
            "from ops.feed_batches where batch_id = %s",
            table,
            column,
            filled,
            count,
            batch,
        )


def with_unread_budget(feed_id: str, column: str | None = None, **budget: float) -> Feed:
    """The feed as if its table, or one column of it, named a budget of its own."""
    dumped = FEEDS[feed_id].model_dump(by_alias=True)
    place = dumped["tables"][0]
    if column:
        place = next(c for c in place["columns"] if c["name"] == column)
    place["unread_budget"] = budget
    return Feed.model_validate(dumped)


@pytest.mark.parametrize(
    ("filled", "count", "checks"),
    [
        (1000, 1, {"unread_share"}),
        (1000, 50, {"unread_share"}),
        (1000, 51, {"unread_share", "unread_share_max"}),
        # too few values to stop for
        (49, 49, {"unread_share"}),
        (50, 2, {"unread_share"}),
        (50, 3, {"unread_share", "unread_share_max"}),
        (400_000, 1, {"unread_share"}),
    ],
)
def test_what_could_not_be_read_is_told_and_too_much_of_it_stops(
    hub: Settings, filled: int, count: int, checks: set[str]
) -> None:
    batch = add_batch(hub, FEEDS[REPLY])
    unread(hub, batch, ("balance", filled, count))
    result = gate(hub, REPLY)
    assert {f.check for f in result.failures} == checks
    assert {f.column for f in result.failures} == {"balance"}
    assert f"({count} of {filled} values became null)" in result.failures[0].observed
    assert status(hub, batch) == ("held" if "unread_share_max" in checks else "loaded")
    alerts.refresh(DAY, replace(hub, as_of=DAY), [REPLY])
    told = {a.condition: a.message for a in alerts.open_alerts(hub) if a.feed_id == REPLY}
    assert "unread_share of balance: found" in told["drift"]


def test_each_column_is_named_and_only_those_above_their_bound(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[REPLY])
    unread(hub, batch, ("balance", 100, 30), ("wealth_products", 100, 2), ("large_debits_half_year", 30, 30))
    result = gate(hub, REPLY)
    assert found(result) == {
        (REPLY, "unread_share", "balance", "warning"),
        (REPLY, "unread_share", "wealth_products", "warning"),
        (REPLY, "unread_share", "large_debits_half_year", "warning"),
        (REPLY, "unread_share_max", "balance", "error"),
    }


def test_a_second_table_names_its_column(hub: Settings) -> None:
    batch = add_batch(hub, FEEDS[MANY_TABLES])
    unread(hub, batch, ("filed_on", 100, 1), table="staff_relative")
    assert found(gate(hub, MANY_TABLES)) == {
        (MANY_TABLES, "unread_share", "staff_relative.filed_on", "warning")
    }


def test_a_budget_of_its_own_goes_before_the_default(hub: Settings) -> None:
    lenient = with_unread_budget(REPLY, warn_share=0.5, error_share=0.9, error_min_rows=0)
    strict = with_unread_budget(SNAPSHOT, "custody_end", warn_share=0, error_share=0, error_min_rows=1)
    kept, stopped = add_batch(hub, FEEDS[REPLY]), add_batch(hub, FEEDS[SNAPSHOT])
    unread(hub, kept, ("balance", 100, 40))
    unread(hub, stopped, ("custody_end", 30, 1), ("facility", 30, 1))
    result = check_feeds(DAY, hub, catalogue={REPLY: lenient, SNAPSHOT: strict})
    assert found(result) == {
        (SNAPSHOT, "unread_share", "custody_end", "warning"),
        (SNAPSHOT, "unread_share", "facility", "warning"),
        (SNAPSHOT, "unread_share_max", "custody_end", "error"),
    }
    assert (status(hub, kept), status(hub, stopped)) == ("loaded", "held")
