"""Cells that a merged one covers, codes that contradict each other, and what stands behind a trailer."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from connectors.catalogue.load import load_feed
from connectors.decode import decode
from connectors.delivery import DecodedChunk, Delivery, LandedPart
from connectors.errors import BatchRejected
from tests.hostile.file_world import FIXED, XLSX, XML
from tests.hostile.protocol_harness import SURNAME, id_of
from tests.hostile.workbooks import HEAD

DAY = date(2020, 5, 12)


def decoded(feed_id: str, content: bytes, folder: Path) -> DecodedChunk:
    path = folder / "file"
    path.write_bytes(content)
    part = LandedPart("main", path, "0" * 64, None)
    (chunk,) = decode(load_feed(feed_id), Delivery(feed_id, DAY, (part,), "0" * 64, None), apart=False)
    return chunk


def book(merged: str, note: str = "", far: str = "") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "羁押人员"
    sheet["A1"] = "名单"
    for column, name in enumerate(HEAD, start=1):
        sheet.cell(3, column).value = name
    for n in range(3):
        for column, value in enumerate(
            (f"{SURNAME}文", id_of(n), "2020-01-02", "2020-05-08", "第一看守所"), start=1
        ):
            sheet.cell(4 + n, column).value = value
    if note:
        sheet["A8"] = note
    if far:
        sheet[far] = " "
    sheet.merge_cells(merged)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("far", ["", "XFD1048576", "A1048576", "ZZ900000"])
@pytest.mark.parametrize("merged", ["D4:D6", "D4:H6", "D4:D1000"])
def test_a_cell_covered_by_a_merged_one_is_unread(merged: str, far: str, tmp_path: Path) -> None:
    chunk = decoded(XLSX, book(merged, far=far), tmp_path)
    assert chunk.good["custody_end"].to_list() == [date(2020, 5, 8), None, None]
    told = chunk.good["as_received"].to_list()[1:]
    assert all('"custody_end":"#MERGED"' in text for text in told)


@pytest.mark.parametrize(("merged", "note", "rows"), [("A1:E1", "", 3), ("A8:E10", "填表人", 4)])
def test_titles_and_notes_may_be_merged(merged: str, note: str, rows: int, tmp_path: Path) -> None:
    chunk = decoded(XLSX, book(merged, note), tmp_path)
    assert (chunk.received, chunk.good.height) == (rows, 3)
    assert chunk.good["as_received"].to_list() == [None] * 3


def test_an_answer_that_fails_in_a_second_code_is_refused(tmp_path: Path) -> None:
    text = "<resp><code>0000</code><total>0</total><list></list><code>9999</code></resp>"
    with pytest.raises(BatchRejected, match="answers code '9999'"):
        decoded(XML, text.encode(), tmp_path)


@pytest.mark.parametrize("end", [b"\x1a", b"   \r\n", b"\r\n\x1a"])
def test_padding_behind_the_trailer_is_nothing(end: bytes, tmp_path: Path) -> None:
    chunk = decoded(FIXED, b"H20200512\r\nT" + b"0" * 28 + b"\r\n" + end, tmp_path)
    assert chunk.received == 0
