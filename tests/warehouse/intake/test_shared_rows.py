"""A row that passed from one batch to another goes back when the latter stops counting."""

from __future__ import annotations

import pytest

from tests.support.fakes import DAY, EVENTS, Row, rows_of
from tests.support.loading import delivery, load, visible
from warehouse.errors import GateStateError
from warehouse.intake import holds
from warehouse.intake.load_feed import LoadResult
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

A, B, C = ({"id_number": f"21010219600101{n}", "direction": "in"} for n in (1001, 1002, 1003))
NEXT = DAY.replace(day=DAY.day + 1)


def ledger_of(hub: Settings) -> list[tuple[object, ...]]:
    """(status, rows the ledger says, rows there are) per batch; the counts of each must balance."""
    return rows_of(
        hub,
        "select status, rows_loaded::int, "
        f"(select count(*)::int from raw.{EVENTS} as r where r.batch_id = b.batch_id) "
        "from ops.feed_batches as b where feed_id = %s order by started_at",
        EVENTS,
    )


def send(hub: Settings, *rows: Row, content: str, day: object = DAY) -> LoadResult:
    return load(hub, EVENTS, delivery(*rows, content=content), day, refresh=True)  # type: ignore[arg-type]


def test_the_former_batch_comes_back_with_all_its_rows(fresh_hub: Settings) -> None:
    send(fresh_hub, A, B, content="first")
    again = send(fresh_hub, C, B, content="again")
    assert visible(fresh_hub, EVENTS) == 2
    holds.mark_held([again.batch_id], "suspicious", fresh_hub)
    assert visible(fresh_hub, EVENTS) == 2
    assert ledger_of(fresh_hub) == [("loaded", 2, 2), ("held", 1, 1)]
    numbers = rows_of(
        fresh_hub,
        f"select id_number, row_no from raw.{EVENTS} where batch_id <> %s order by 2",
        str(again.batch_id),
    )
    assert numbers == [(A["id_number"], 1), (B["id_number"], 2)]


def test_a_released_batch_has_its_rows_again(fresh_hub: Settings) -> None:
    first = send(fresh_hub, A, B, content="first")
    again = send(fresh_hub, C, B, content="again")
    holds.mark_held([again.batch_id], "suspicious", fresh_hub)
    with pytest.raises(GateStateError):
        holds.release([again.batch_id], fresh_hub)
    assert ledger_of(fresh_hub) == [("loaded", 2, 2), ("held", 1, 1)]
    holds.mark_held([first.batch_id], "the other one is right", fresh_hub)
    holds.release([again.batch_id], fresh_hub)
    assert ledger_of(fresh_hub) == [("held", 1, 1), ("loaded", 2, 2)]


def test_a_later_day_has_its_row_again_when_the_earlier_one_is_held(fresh_hub: Settings) -> None:
    send(fresh_hub, A, B, content="later", day=NEXT)
    earlier = send(fresh_hub, B, C, content="filled in afterwards")
    assert visible(fresh_hub, EVENTS, DAY) == 2
    holds.mark_held([earlier.batch_id], "suspicious", fresh_hub)
    assert visible(fresh_hub, EVENTS, NEXT) == 2


def test_a_later_day_has_its_row_again_when_the_earlier_one_is_sent_without_it(fresh_hub: Settings) -> None:
    send(fresh_hub, A, B, content="later", day=NEXT)
    send(fresh_hub, B, C, content="filled in afterwards")
    send(fresh_hub, C, content="corrected")
    assert visible(fresh_hub, EVENTS, DAY) == 1
    assert visible(fresh_hub, EVENTS, NEXT) == 3


def test_the_first_of_three_deliveries_comes_back_whole(fresh_hub: Settings) -> None:
    send(fresh_hub, A, B, content="first")
    second = send(fresh_hub, B, C, content="second")
    third = send(fresh_hub, B, content="third")
    holds.mark_held([third.batch_id], "suspicious", fresh_hub)
    assert ledger_of(fresh_hub)[1:] == [("loaded", 2, 2), ("held", 0, 0)]
    holds.mark_held([second.batch_id], "suspicious", fresh_hub)
    assert ledger_of(fresh_hub) == [("loaded", 2, 2), ("held", 1, 1), ("held", 0, 0)]
