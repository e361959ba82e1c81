"""Every feed decodes its own sample: the rows it must give, and the rows it must set aside."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from connectors.catalogue.load import feed_folder, feed_ids, load_feed
from connectors.catalogue.model import Feed, Table
from connectors.decode import decode
from connectors.delivery import DecodedChunk, Delivery, LandedPart

AS_OF = date(2020, 5, 12)


def _sample(feed: Feed, table: Table) -> Path:
    (path,) = (p for p in (feed_folder(feed.feed_id) / "sample").iterdir() if p.stem == table.name)
    return path


def _decoded(feed: Feed, table: Table) -> tuple[pl.DataFrame, pl.DataFrame, list[DecodedChunk]]:
    part = LandedPart(table.name, _sample(feed, table), "0" * 64, None)
    chunks = list(decode(feed, Delivery(feed.feed_id, AS_OF, (part,), "0" * 64, None)))
    return pl.concat(c.good for c in chunks), pl.concat(c.quarantined for c in chunks), chunks


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


CASES = [
    pytest.param(feed_id, number, id=f"{feed_id}.{table.name}")
    for feed_id in feed_ids()
    for number, table in enumerate(load_feed(feed_id).tables)
]


@pytest.mark.parametrize(("feed_id", "number"), CASES)
def test_sample_gives_what_it_must(feed_id: str, number: int) -> None:
    feed = load_feed(feed_id)
    table = feed.tables[number]
    tail = "" if number == 0 else f"_{table.name}"
    folder = feed_folder(feed_id) / "sample"
    good, quarantined, chunks = _decoded(feed, table)

    names = [c.name for c in table.columns]
    found = [dict(zip(names, map(_shown, row), strict=True)) for row in good.select(names).iter_rows()]
    assert found == _rows(folder / f"expected{tail}.csv")
    columns = ["row_no", "column_name", "reason_code"]
    rows = quarantined.select(columns).iter_rows()
    aside = [dict(zip(columns, map(str, row), strict=True)) for row in rows]
    assert aside == _rows(folder / f"expected_quarantine{tail}.csv")
    received = sum(c.received for c in chunks)
    assert received == good.height + quarantined.height
    assert sorted([*good["row_no"], *quarantined["row_no"]]) == list(range(1, received + 1))


@pytest.mark.parametrize(("feed_id", "number"), CASES)
def test_sample_is_typed_and_masked(feed_id: str, number: int) -> None:
    feed = load_feed(feed_id)
    table = feed.tables[number]
    good, quarantined, _ = _decoded(feed, table)
    types: dict[str, pl.DataType] = {
        "flag": pl.Boolean(),
        "integer": pl.Int32(),
        "decimal": pl.Decimal(12, 4),
        "amount": pl.Decimal(14, 2),
        "date": pl.Date(),
        "month": pl.Date(),
        "timestamp": pl.Datetime("us"),
    }
    declared = {c.name: types.get(c.type, pl.String()) for c in table.columns}
    extras = {"row_no": pl.Int64(), "as_received": pl.String(), "extra": pl.String()}
    derived = {c.name: pl.String() for c in table.derived}
    assert dict(good.schema) == {**declared, **derived, **extras}
    shown = "".join(quarantined["message"]) + "".join(quarantined["payload"])
    for row in _rows(feed_folder(feed_id) / "sample" / "expected.csv"):
        for column in feed.tables[0].columns:
            if column.type == "id_number" and row[column.name]:
                assert row[column.name] not in shown
    assert "6222021234567894333" not in shown + "".join(good["as_received"].drop_nulls())


def test_every_feed_has_a_sample_with_good_and_bad_rows() -> None:
    for feed_id in feed_ids():
        folder = feed_folder(feed_id) / "sample"
        assert len(_rows(folder / "expected.csv")) >= 5, feed_id
        assert len(_rows(folder / "expected_quarantine.csv")) >= 1, feed_id
