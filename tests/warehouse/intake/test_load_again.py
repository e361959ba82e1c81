"""What came before: re-sent, overlapping, late, held and brought back deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from connectors.catalogue import load_feed as declaration
from tests.support.fakes import DAY, DELTA, EVENTS, SNAPSHOT, rows_of
from tests.support.loading import A, B, C, counts, delivery, load, visible
from warehouse.errors import GateStateError
from warehouse.intake import holds
from warehouse.settings import Settings


def test_a_resent_delivery_replaces_the_former(fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A, B))
    second = delivery(A, content="corrected")
    load(fresh_hub, SNAPSHOT, second, refresh=True)
    assert second.landings[0].name == "resent-1"
    assert rows_of(fresh_hub, "select status from ops.feed_batches order by started_at") == [
        ("superseded",),
        ("loaded",),
    ]
    assert visible(fresh_hub, SNAPSHOT) == 1
    third = load(fresh_hub, SNAPSHOT, delivery(A, B), refresh=True)
    assert third.outcome == "loaded"
    assert visible(fresh_hub, SNAPSHOT) == 2


def test_a_delta_reads_its_overlap_again(fresh_hub: Settings) -> None:
    one, two = ({"cremation_no": n} for n in ("H1", "H2"))
    load(fresh_hub, DELTA, delivery(one))
    next_day = DAY + timedelta(days=1)
    department = delivery(one, two, content="b")
    result = load(fresh_hub, DELTA, department, next_day)
    assert counts(result) == (2, 1, 1, 0)
    overlap = declaration(DELTA).cursor.overlap_days  # type: ignore[union-attr]
    until = datetime(2020, 5, 13)
    assert department.windows[0].since == until - timedelta(days=overlap)
    assert department.windows[0].until == until + timedelta(days=1)
    assert (visible(fresh_hub, DELTA), visible(fresh_hub, DELTA, next_day)) == (1, 2)


def test_a_day_filled_in_later_has_its_rows(fresh_hub: Settings) -> None:
    one = {"cremation_no": "H1"}
    load(fresh_hub, DELTA, delivery(one, {"cremation_no": "H2"}), DAY)
    load(fresh_hub, DELTA, delivery(one, content="b"), DAY - timedelta(days=1))
    assert visible(fresh_hub, DELTA, DAY - timedelta(days=1)) == 1
    assert visible(fresh_hub, DELTA, DAY) == 2


def test_a_delta_read_again_keeps_what_it_said(fresh_hub: Settings) -> None:
    load(fresh_hub, DELTA, delivery({"cremation_no": "H1"}, {"cremation_no": "H2"}))
    result = load(
        fresh_hub, DELTA, delivery({"cremation_no": "H1"}, {"cremation_no": "H3"}, content="b"), refresh=True
    )
    assert counts(result) == (2, 1, 1, 0)
    assert visible(fresh_hub, DELTA) == 3


def test_a_resent_events_file_withdraws_rows(fresh_hub: Settings) -> None:
    first, second = ({"id_number": f"21010219600101{n}"} for n in (1001, 1002))
    load(fresh_hub, EVENTS, delivery(first, second))
    result = load(fresh_hub, EVENTS, delivery(first, content="b"), refresh=True)
    assert counts(result) == (1, 1, 0, 0)
    assert visible(fresh_hub, EVENTS) == 1


def test_a_held_batch_does_not_count(fresh_hub: Settings) -> None:
    yesterday = DAY - timedelta(days=1)
    load(fresh_hub, SNAPSHOT, delivery(A, B), yesterday)
    held = load(fresh_hub, SNAPSHOT, delivery(content="poison"), DAY)
    assert holds.mark_held([held.batch_id], "volume", fresh_hub) == 1
    assert visible(fresh_hub, SNAPSHOT) == 2
    again = load(fresh_hub, SNAPSHOT, delivery(content="poison"), DAY)
    assert (again.outcome, again.status) == ("unchanged", "held")
    load(fresh_hub, SNAPSHOT, delivery(A, B, C, content="good"), DAY)
    assert visible(fresh_hub, SNAPSHOT) == 3
    with pytest.raises(GateStateError, match="hold that one first"):
        holds.release([held.batch_id], fresh_hub)


def test_rows_of_a_held_delta_come_back_with_the_next(fresh_hub: Settings) -> None:
    one = {"cremation_no": "H1"}
    held = load(fresh_hub, DELTA, delivery(one))
    holds.mark_held([held.batch_id], "fill rate", fresh_hub)
    assert visible(fresh_hub, DELTA) == 0
    department = delivery(one, content="b")
    load(fresh_hub, DELTA, department, DAY + timedelta(days=1))
    assert department.windows[0].since is None
    assert visible(fresh_hub, DELTA, DAY + timedelta(days=1)) == 1


def test_holding_a_resent_batch_brings_the_former_back(fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A, B))
    second = load(fresh_hub, SNAPSHOT, delivery(content="poison"), refresh=True)
    holds.mark_held([second.batch_id], "volume", fresh_hub)
    assert visible(fresh_hub, SNAPSHOT) == 2


def test_holding_what_came_twice_brings_one_batch_back(fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A))
    load(fresh_hub, SNAPSHOT, delivery(A, B, content="b"), refresh=True)
    load(fresh_hub, SNAPSHOT, delivery(A, B, C, content="c"), refresh=True)
    again = load(fresh_hub, SNAPSHOT, delivery(A, B, content="b"), refresh=True)
    assert holds.mark_held([again.batch_id], "held", fresh_hub) == 1
    assert visible(fresh_hub, SNAPSHOT) == 3


def test_the_count_of_loaded_rows_follows_rows_that_pass_to_an_earlier_day(fresh_hub: Settings) -> None:
    moves = [{"id_number": f"21010219600101{n}", "direction": "out", "moved_on": DAY} for n in (1001, 1002)]
    load(fresh_hub, EVENTS, delivery(*moves))
    load(fresh_hub, EVENTS, delivery(moves[0], content="earlier"), DAY - timedelta(days=1))
    ledger = rows_of(
        fresh_hub,
        "select b.rows_loaded, b.rows_duplicate, count(r.*) from ops.feed_batches as b "
        f"left join raw.{EVENTS} as r on r.batch_id = b.batch_id group by b.batch_id order by b.as_of",
    )
    assert ledger == [(1, 0, 1), (1, 1, 1)]
