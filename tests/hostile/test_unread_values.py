"""One value nobody can read, planted in a delivery of every feed: counted by column, kept, told by the gate.

What is delivered is the feed's own sample, read by its own reader; the value is put into one cell of it
before the rows are judged. Three feeds have no column in which a value could become null: there the row is
set aside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl
import pytest

from connectors.catalogue import Column, Feed, Table, load_catalogue, load_feed
from connectors.catalogue.load import feed_ids
from connectors.decode import pipeline
from connectors.decode.raw import RawChunk
from connectors.decode.row_validation import validate
from connectors.decode.text import DecodeContext
from connectors.delivery import DecodedChunk
from expectations.checks import CheckFailure
from expectations.gate import check_feeds
from tests.hostile import test_every_declaration
from tests.hostile.protocol_harness import Hub
from tests.hostile.test_every_declaration import DAY, FEEDS, Department
from warehouse.intake import load_feed as loader

pytestmark = pytest.mark.slow
asked = test_every_declaration.asked
#: No date, number, flag, division or code of any kind.
PLANTED = "4§"
_READ = frozenset({"amount", "date", "month", "timestamp", "decimal", "integer", "flag", "region", "uscc"})
WITHOUT = {
    "civil_affairs__marriage",
    "platform__liveness_confirmation",
    "public_security__death_cancellation",
}
Lines = list[tuple[str, str, int, int]]


@dataclass
class Planted:
    """Where the value was put into a feed's delivery, and what had been unread in it before."""

    table: Table
    column: Column
    row_no: int = 0
    filled: int = 0
    before: Lines | None = None

    @property
    def counted(self) -> Lines:
        """What ``ops.unread_values`` must say of the delivery."""
        found = {(table, column): (filled, unread) for table, column, filled, unread in self.before or []}
        if not self.column.required:
            _, unread = found.get((self.table.name, self.column.name), (0, 0))
            found[self.table.name, self.column.name] = (self.filled, unread + 1)
        return sorted((*name, *counts) for name, counts in found.items())


def _place(feed: Feed) -> tuple[Table, Column]:
    """The first column whose values are read and may be missing; else the first whose values are read."""
    places = [(table, column) for table in feed.tables for column in table.columns if column.type in _READ]
    optional = [place for place in places if not place[1].required]
    # the time of a change decides what counts: another required column says as much
    required = [place for place in places if place[1].name != (feed.cursor and feed.cursor.column)]
    return (optional or required or places)[0]


def _unread(chunk: DecodedChunk) -> Lines:
    assert chunk.observed is not None
    found = chunk.observed.types.filter(pl.col("unread") > 0)
    return [(chunk.table, *row) for row in found.select("column", "filled", "unread").iter_rows()]


class Gardener:
    """Stands in front of ``validate``: puts the value into one row that was good without it."""

    def __init__(self, feed: Feed) -> None:
        self.planted = Planted(*_place(feed))

    def validate(self, raw: RawChunk, table: Table, context: DecodeContext) -> DecodedChunk:
        plain = validate(raw, table, context)
        self.planted.before = [*(self.planted.before or []), *_unread(plain)]
        column = self.planted.column
        if table.name != self.planted.table.name or not plain.good.height:
            return plain
        # where the value was read, so that it is one more that is not
        rows = plain.good.filter(pl.col(column.name).is_not_null())
        self.planted.row_no = (rows if rows.height else plain.good)["row_no"][0]
        here = pl.col("row_no") == self.planted.row_no
        old = pl.col(column.source) if column.source in raw.frame.columns else pl.lit(None, pl.String)
        frame = raw.frame.with_columns(
            pl.when(here).then(pl.lit(PLANTED)).otherwise(old).alias(column.source)
        )
        chunk = validate(replace(raw, frame=frame), table, context)
        assert chunk.observed is not None
        counts = chunk.observed.types.row(by_predicate=pl.col("column") == column.name, named=True)
        self.planted.filled = counts["filled"]
        return chunk


@pytest.fixture(scope="module")
def garden(asked: Hub) -> dict[str, tuple[Planted, loader.LoadResult]]:
    """Every feed loaded once. Replies first: the sample of authorisations changes whom one may ask about."""
    found = {}
    feeds = sorted(map(load_feed, FEEDS), key=lambda feed: feed.mode != "query_reply")
    with pytest.MonkeyPatch.context() as patch:
        for feed in feeds:
            gardener = Gardener(feed)
            patch.setattr(pipeline, "validate", gardener.validate)
            result = loader.load_feed(
                feed.feed_id, DAY, asked.settings, puller=Department(lambda _, content: content).pull
            )
            found[feed.feed_id] = (gardener.planted, result)
    return found


@pytest.fixture(scope="module")
def told(garden: object, asked: Hub) -> list[CheckFailure]:
    """One gate over all of them."""
    result = check_feeds(DAY, replace(asked.settings, scale=0.0001), catalogue=load_catalogue())
    return [failure for failure in result.failures if failure.check.startswith("unread_share")]


@pytest.mark.parametrize("feed_id", FEEDS)
def test_it_is_counted_for_its_column_and_kept(
    feed_id: str, garden: dict[str, tuple[Planted, loader.LoadResult]], asked: Hub
) -> None:
    planted, result = garden[feed_id]
    column = planted.column.name
    assert planted.row_no > 0
    found = asked._rows(
        "select table_name, column_name, rows_filled::int, rows_unread::int from ops.unread_values "
        "where batch_id = %s order by 1, 2",
        str(result.batch_id),
    )
    assert found == planted.counted
    place = (str(result.batch_id), planted.row_no)
    if planted.column.required:
        aside = (
            "select column_name from ops.quarantine where batch_id = %s and row_no = %s and table_name = %s"
        )
        assert asked._rows(aside, *place, planted.table.name) == [(column,)]
    else:
        raw = load_feed(feed_id).raw_table(planted.table)
        kept = f"select {column} is null, as_received ->> '{column}' from raw.{raw} "
        assert asked._rows(kept + "where batch_id = %s and row_no = %s", *place) == [(True, PLANTED)]


@pytest.mark.parametrize("feed_id", FEEDS)
def test_the_gate_tells_it_by_its_column(
    feed_id: str, garden: dict[str, tuple[Planted, loader.LoadResult]], told: list[CheckFailure]
) -> None:
    planted, result = garden[feed_id]
    names = {
        (column if table == "main" else f"{table}.{column}"): (filled, unread)
        for table, column, filled, unread in planted.counted
    }
    mine = [failure for failure in told if failure.feed_id == feed_id]
    assert {failure.column for failure in mine if failure.check == "unread_share"} == set(names)
    for failure in mine:
        filled, unread = names[failure.column or ""]
        assert failure.batch_id == str(result.batch_id)
        assert f"({unread} of {filled} values became null)" in failure.observed
    # so small a sample is told, and not held for it
    assert {failure.severity for failure in mine} <= {"warning"}


def test_the_feeds_without_such_a_column_are_known() -> None:
    assert feed_ids() == FEEDS
    assert {feed_id for feed_id in FEEDS if _place(load_feed(feed_id))[1].required} == WITHOUT
