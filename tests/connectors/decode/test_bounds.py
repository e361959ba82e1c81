"""Deliveries that are no tables: refused by name, before the loader works for hours."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.catalogue import load_feed
from connectors.decode import decode
from connectors.decode.pipeline import MOST_COLUMNS
from connectors.delivery import Delivery, LandedPart
from connectors.errors import BatchRejected
from tests.hostile.file_world import CSV, HEAD, csv_bytes, lines, rows

_SHA = "0" * 64


def _delivery(path: Path, content: bytes) -> Delivery:
    path.write_bytes(content)
    part = LandedPart("main", path, _SHA, None)
    return Delivery(CSV, date(2020, 5, 12), (part,), _SHA, None)


@pytest.mark.parametrize("more", [MOST_COLUMNS, 30_000])
def test_a_header_of_thousands_of_names_is_refused(tmp_path: Path, more: int) -> None:
    head, *table = lines(rows())
    wide = [head + "".join(f",c{n}" for n in range(more)), *table]
    with pytest.raises(BatchRejected) as refused:
        list(decode(load_feed(CSV), _delivery(tmp_path / "main-1.csv", csv_bytes(wide))))
    assert f"main-1.csv has {more + len(HEAD)} columns" in str(refused.value)
    assert f"at most {MOST_COLUMNS}" in str(refused.value)


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a":' * 200_000, '{"code":"0","x":' + "[" * 100_000])
def test_a_document_without_a_floor_is_refused(tmp_path: Path, content: str) -> None:
    feed = load_feed("finance__chinaclear")
    path = tmp_path / "main-1.json"
    path.write_text(content)
    delivery = Delivery(feed.feed_id, date(2020, 5, 12), (LandedPart("main", path, _SHA, None),), _SHA, None)
    with pytest.raises(BatchRejected, match="no JSON"):
        list(decode(feed, delivery))
