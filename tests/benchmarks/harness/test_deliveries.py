"""Recorded deliveries come back as they were; on the day of changes one row in a hundred differs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from connectors.catalogue import Feed, load_feed
from connectors.delivery import AskedPerson, DecodedChunk, Delivery, LandedPart, Window
from tests.benchmarks.suite import deliveries
from tests.support.fakes import chunk
from tests.support.hand_made_world import World

DAY, LATER = date(2020, 5, 12), date(2020, 5, 14)
FEED = "civil_affairs__tekun"


def recorded() -> deliveries.Recorded:
    part = LandedPart("main", Path("/landing/main.csv"), "0" * 64, 200, ("odd",))
    return deliveries.Recorded(
        Window(None, datetime(2020, 5, 13)),
        (AskedPerson(1, "210102196001011001", "张三"),),
        Delivery(FEED, DAY, (part,), "1" * 64, "request-1"),
    )


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    deliveries.save(tmp_path / "deliveries.json", [recorded()])
    assert deliveries.read(tmp_path / "deliveries.json") == {FEED: recorded()}


def test_a_later_delivery_is_another_one() -> None:
    later = deliveries.of_changes(recorded(), LATER).delivery
    assert later.as_of == LATER
    assert later.sha256 != recorded().delivery.sha256
    assert later.parts[0].rows_expected is None


def test_a_delta_of_changes_holds_one_row_in_a_hundred_changed_on_its_day() -> None:
    feed, world = load_feed(FEED), World()
    for number in range(250):
        world.add(
            FEED, case_id=f"C{number}", id_number=world.person(), updated_at=datetime(2020, 5, 1),
            basic_amount=Decimal("100.00"),
        )  # fmt: skip
    before = chunk(feed, world.rows[FEED, DAY])

    def decoded(_: Feed, __: Delivery) -> Iterator[DecodedChunk]:
        yield before

    (after,) = deliveries.changing(decoded)(feed, deliveries.of_changes(recorded(), LATER).delivery)
    assert after.received == after.good.height == 2
    assert after.good["row_no"].to_list() == [100, 200]
    assert set(after.good["updated_at"]) == {datetime(2020, 5, 14, 8)}
    assert set(after.good["basic_amount"]) == {Decimal("101.00")}
    others = before.good.filter(pl.col("row_no") % deliveries.ONE_IN == 0).drop("updated_at", "basic_amount")
    assert after.good.drop("updated_at", "basic_amount").equals(others)
