"""Short words for the loader's tests: three people, a delivery, a load, what came of it."""

from __future__ import annotations

from datetime import date

from connectors.catalogue import Feed
from tests.support.fakes import DAY, Department, Row, chunk, rows_of
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.settings import Settings

A, B, C = ({"id_number": f"21010219600101{n}", "custody_start": date(2020, 1, 1)} for n in (1001, 1002, 1003))


def delivery(*rows: Row, bad: int = 0, content: str = "a") -> Department:
    return Department(lambda feed: [chunk(feed, rows, bad)], content)


def load(
    settings: Settings,
    feed: str | Feed,
    department: Department,
    day: date = DAY,
    *,
    refresh: bool = False,
) -> LoadResult:
    """``feed``: its id, or a declaration that stands in for the one of that id."""
    return load_feed(
        feed if isinstance(feed, str) else feed.feed_id,
        day,
        settings,
        refresh=refresh,
        feed=None if isinstance(feed, str) else feed,
        puller=department.pull,
        decoder=department.decode,
    )


def counts(result: LoadResult) -> tuple[int, int, int, int]:
    return result.received, result.loaded, result.duplicate, result.quarantined


def visible(settings: Settings, feed_id: str, day: date = DAY) -> int:
    return int(
        rows_of(
            settings,
            f"select count(*) from raw.{feed_id} where batch_id in "
            "(select batch_id from ops.current_batches(%s) where feed_id = %s)",
            day,
            feed_id,
        )[0][0]
    )
