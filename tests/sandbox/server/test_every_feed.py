"""render -> serve -> pull -> decode for every declared feed: what comes out is what the city holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from connectors.catalogue.load import feed_ids, load_feed
from connectors.catalogue.model import Feed, Table
from connectors.decode import decode
from connectors.delivery import AskedPerson, Delivery, Window
from connectors.protocols import Retry, pull
from tests.sandbox.conftest import Sandbox
from tests.support import small_city

WINDOW = Window(None, datetime(2020, 5, 13))
RETRY = Retry(sleep=lambda _: None)


def subjects_of(rows: int = small_city.ROWS) -> list[AskedPerson]:
    return [AskedPerson(i + 1, small_city.number_of(i), small_city.name_of(i)) for i in range(rows)]


def pulled(sandbox: Sandbox, feed: Feed, landing: Path, as_of: date = small_city.DAY) -> Delivery:
    connection = sandbox.connection(feed.connection_id)
    subjects = subjects_of() if feed.request else ()
    return pull(feed, as_of, WINDOW, connection, landing, subjects, retry=RETRY)


def expected(feed: Feed, table: Table) -> pl.DataFrame:
    frame = small_city.rows_of(feed, table).select(c.name for c in table.columns)
    changes = {}
    for column in table.columns:
        if column.name == "request_id" and feed.request:
            changes[column.name] = pl.lit(f"{feed.department_code}-20200512")
        elif column.name == "sequence_no" and feed.request:
            changes[column.name] = pl.Series(column.name, range(1, frame.height + 1), dtype=pl.Int32)
    return small_city.through_encoding(feed, table, frame.with_columns(**changes))


@pytest.mark.slow
@pytest.mark.parametrize("feed_id", feed_ids())
def test_every_feed_comes_through(sandbox: Sandbox, feed_id: str, tmp_path: Path) -> None:
    feed = load_feed(feed_id)
    delivery = pulled(sandbox, feed, tmp_path)
    chunks = list(decode(feed, delivery))
    for table in feed.tables:
        own = [c for c in chunks if c.table == table.name]
        bad = pl.concat([c.quarantined for c in own])
        assert bad.is_empty(), bad.select("column_name", "reason_code", "message").head(3).to_dicts()
        good = pl.concat([c.good for c in own]).select(c.name for c in table.columns)
        want = expected(feed, table)
        key = list(table.key)
        assert good.sort(key).equals(want.sort(key)), (good.sort(key).head(3), want.sort(key).head(3))


@pytest.mark.slow
@pytest.mark.parametrize(
    "feed_id",
    ["finance__icbc", "finance__jinzhou", "public_security__prison", "housing__public_rental",
     "disabled_federation__disability_certificate", "public_security__vehicle"],
)  # fmt: skip
def test_the_same_bytes_on_every_pull(sandbox: Sandbox, feed_id: str, tmp_path: Path) -> None:
    feed = load_feed(feed_id)
    first = pulled(sandbox, feed, tmp_path / "a").sha256
    # files are thrown away when the clock is touched, and made again
    sandbox.post("/control/clock", {"as_of": (small_city.DAY + timedelta(days=1)).isoformat()})
    sandbox.post("/control/clock", {"as_of": small_city.DAY.isoformat()})
    assert pulled(sandbox, feed, tmp_path / "b").sha256 == first
