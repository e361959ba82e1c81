"""A bank's balances that are formulas nobody computed: told by row and by column, never "no money"."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from connectors.catalogue.load import feed_folder, load_feed
from connectors.decode import decode
from connectors.delivery import DecodedChunk, Delivery, LandedPart

FEED = load_feed("finance__jinzhou")
SAMPLE = feed_folder(FEED.feed_id) / "sample" / "main.xlsx"


def decoded(path: Path) -> DecodedChunk:
    part = LandedPart("main", path, "0" * 64, None)
    (chunk,) = decode(FEED, Delivery(FEED.feed_id, date(2020, 5, 12), (part,), "0" * 64, None))
    return chunk


@pytest.mark.parametrize("column", ["balance", "wealth_products", "queried_on"])
def test_each_formula_without_a_result_is_told(tmp_path: Path, column: str) -> None:
    book = load_workbook(SAMPLE)
    sheet = book["查询结果"]
    header = [cell.value for cell in sheet[2]]
    source = next(c.source for c in FEED.tables[0].columns if c.name == column)
    for row in range(3, sheet.max_row + 1):
        sheet.cell(row, header.index(source) + 1).value = f"=A{row}&B{row}"
    book.save(tmp_path / "main.xlsx")
    before, chunk = decoded(SAMPLE), decoded(tmp_path / "main.xlsx")
    assert chunk.received == before.received
    if column == "queried_on":
        assert chunk.good.is_empty()
        return
    assert chunk.good.height == before.good.height > 0
    assert chunk.good[column].null_count() == chunk.good.height
    told = [json.loads(text)[column] for text in chunk.good["as_received"]]
    assert told == ["#FORMULA"] * chunk.good.height
    assert chunk.observed
    unread = chunk.observed.types.filter(pl.col("column") == column)["unread"].item()
    assert unread == chunk.good.height


def test_a_blank_in_the_last_cell_changes_nothing(tmp_path: Path) -> None:
    """Nor a date that is a date only by its format."""
    book = load_workbook(SAMPLE)
    sheet = book["查询结果"]
    sheet.cell(3, [cell.value for cell in sheet[2]].index("CXRQ") + 1).value = date(2020, 5, 6)
    book.save(tmp_path / "plain.xlsx")
    sheet["XFD1048576"] = " "
    book.save(tmp_path / "far.xlsx")
    plain = decoded(tmp_path / "plain.xlsx").good
    assert plain["queried_on"][0] == date(2020, 5, 6)
    assert decoded(tmp_path / "far.xlsx").good.equals(plain)
