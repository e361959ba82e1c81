"""Excel workbooks as departments break them: headers, sheets, cells, and packages that are none."""

# ruff: noqa: E501 -- one case a line: damage and outcome side by side

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from connectors.decode import pipeline
from connectors.errors import BatchRejected, ColumnsMissing
from tests.hostile.file_world import ALL, ROWS, XLSX, FileWorld, aside, one, served
from tests.hostile.protocol_harness import SURNAME, Case, Hub, Loaded, Refused, id_of, names

pytestmark = pytest.mark.slow
_HEAD = ("姓名", "证件号码", "入所日期", "出所日期", "监所名称")
_NAME, _ID, _FROM, _UNTIL, _PLACE = range(5)
_SHEET_PART = "xl/worksheets/sheet1.xml"
_MISSING = Refused(ColumnsMissing, "required columns .* are missing")
_NO_WORKBOOK = Refused(BatchRejected, "no readable workbook")
Cells = list[list[Any]]


def _table() -> Cells:
    """Two lines of titles, the header, three good rows."""
    rows: Cells = [[f"{SURNAME}文", id_of(n), "2020-01-02", "2020-05-08", "第一看守所"] for n in range(ROWS)]
    return [["沈阳市公安局"], ["统计日期"], list(_HEAD), *rows]


def _book(
    cells: Cells,
    sheets: Sequence[str] = ("羁押人员", "说明"),
    merged: str | None = None,
    epoch: datetime = CALENDAR_WINDOWS_1900,
) -> bytes:
    book = Workbook()
    book.epoch = epoch
    pages = [book.active, *(book.create_sheet() for _ in sheets[1:])]
    for page, title in zip(pages, sheets, strict=True):
        page.title = title
    for row in cells:
        pages[0].append(row)
    if merged:
        pages[0].merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _of_1904(cells: Cells, day: object) -> bytes:
    """As old Macs save it: days are counted from 1904-01-01."""
    cells[3][_FROM] = day
    return _book(cells, epoch=CALENDAR_MAC_1904)


def _case(name: str, damage: Callable[[Cells], Cells | bytes | None], outcome: Loaded | Refused) -> Case:
    """``damage`` changes the cells, gives others, or gives the whole file's bytes."""

    def content(_: date) -> bytes:
        cells = _table()
        damaged = damage(cells)
        return damaged if isinstance(damaged, bytes) else _book(damaged or cells)

    return Case(f"xlsx-{name}", XLSX, served(XLSX, content), outcome)


def _cell(name: str, column: int, value: object, outcome: Loaded | Refused) -> Case:
    """One cell of the first row is another."""

    def damage(cells: Cells) -> None:
        cells[3][column] = value

    return _case(name, damage, outcome)


def _columns(order: Sequence[int]) -> Callable[[Cells], Cells]:
    return lambda cells: [*cells[:2], *([row[i] for i in order] for row in cells[2:])]


def _renamed(old: int, new: str) -> Callable[[Cells], None]:
    def damage(cells: Cells) -> None:
        cells[2][old] = new

    return damage


def _beside(header: object, value: object) -> Callable[[Cells], Cells]:
    """A sixth column; only the first row has a value in it."""
    return lambda cells: [*cells[:2], [*cells[2], header], [*cells[3], value], *cells[4:]]


def _part(content: Callable[[bytes], bytes], part: str = _SHEET_PART) -> bytes:
    """A good workbook with one part of its package rewritten."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_book(_table()))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            bad.writestr(name, content(good.read(name)) if name == part else good.read(name))
    return out.getvalue()


def _with_error() -> bytes:
    """The first place of custody is an error."""
    cells = _table()
    cells[3][_PLACE] = "#N/A"
    return _book(cells)


def _rewritten(package: bytes, old: bytes, new: bytes) -> bytes:
    """The package with its first sheet changed; what is to be changed must be there."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as good, zipfile.ZipFile(out, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            if name == _SHEET_PART:
                assert re.search(old, content)
                content = re.sub(old, new, content)
            bad.writestr(name, content)
    return out.getvalue()


def _error_as_text(_: Cells) -> bytes:
    text = b'<c r="E4" t="inlineStr"><is><t>#REF!</t></is></c>'
    return _rewritten(_with_error(), rb'<c r="E4" t="e">.*?</c>', text)


def _error_unknown(_: Cells) -> bytes:
    return _rewritten(_with_error(), rb"#N/A", b"#PYTHON!")


def _error_unplaced(_: Cells) -> bytes:
    """Rows and cells do not say where they stand, as some writers of workbooks leave it out."""
    return _rewritten(_with_error(), rb' r="[A-Z]*[0-9]+"', b"")


def _bomb(blanks: int) -> bytes:
    return _part(lambda sheet: sheet.replace(b"<sheetData>", b" " * blanks + b"<sheetData>"))


def _lying_bomb(blanks: int) -> bytes:
    """The package's directory says that the sheet unpacks to a thousand bytes."""
    package = bytearray(_bomb(blanks))
    name = _SHEET_PART.encode()
    local, central = package.find(name) - 30, package.rfind(name) - 46
    struct.pack_into("<I", package, local + 22, 1000)
    struct.pack_into("<I", package, central + 24, 1000)
    return bytes(package)


def _encrypted(package: bytes) -> bytes:
    """Says of its first part that it is encrypted."""
    changed = bytearray(package)
    changed[6] |= 1
    changed[package.find(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


CASES = [
    _case("good", lambda _: None, ALL),
    _case("columns-reordered", _columns((4, 3, 2, 1, 0)), ALL),
    _case("column-added", _beside("备注", "新"), one("extra::jsonb ->> '备注' = '新'")),
    _case("column-without-a-name", _beside(None, "新"), one("extra::jsonb ->> '第6列' = '新'")),
    _case("optional-column-dropped", _columns((0, 1, 2, 4)), ALL),
    _case("required-column-dropped", _columns((0, 2, 3, 4)), _MISSING),
    _case("column-renamed", _renamed(_ID, "身份证号"), _MISSING),
    _case("column-twice", _renamed(_UNTIL, "监所名称"), Refused(BatchRejected, "names a column twice")),
    _case("header-padded", _renamed(_ID, "\u3000证件号码 "), ALL),
    _case("header-lost", lambda cells: [*cells[:2], *cells[3:]], _MISSING),
    _case("header-one-line-higher", lambda cells: cells[1:], _MISSING),
    _case("header-merged-over-a-required-column", lambda cells: _book(cells, merged="A3:B3"), _MISSING),
    _case(
        "header-merged-over-an-optional-column",
        lambda cells: _book(cells, merged="C3:D3"),
        Loaded((ROWS, ROWS, 0, 0)),
    ),
    _case("first-sheet-is-another", lambda cells: _book(cells, ("说明", "羁押人员")), Refused(BatchRejected, "ends before its header row")),
    _case("sheet-renamed", lambda cells: _book(cells, ("人员", "说明")), Refused(BatchRejected, "none named '羁押人员'")),
    _case("sheet-named-after-a-person", lambda cells: _book(cells, (f"{SURNAME}文",)), Refused(BatchRejected, "none named '羁押人员'")),
    _case("empty-workbook", lambda _: _book([]), Refused(BatchRejected, "ends before its header row")),
    _case("titles-only", lambda cells: cells[:2], Refused(BatchRejected, "ends before its header row")),
    _case("header-only", lambda cells: cells[:3], Loaded((0, 0, 0, 0))),
    _case("blank-lines-between", lambda cells: [*cells[:4], [], [" ", None, "\u3000"], *cells[4:]], ALL),
    _case("signature-below", lambda cells: [*cells, [], ["制表人：某某"]], Loaded((4, 3, 0, 1), reasons=frozenset({"required_missing"}))),
    _case("merged-cells-in-the-rows", lambda cells: _book(cells, merged="C4:C6"), Loaded((3, 1, 0, 2), reasons=frozenset({"required_missing"}))),
    _cell("id-as-a-number", _ID, float(id_of(0)[:17] + "0"), aside("id_digits_lost")),
    _cell("id-as-a-number-of-15-digits", _ID, 210102600101123, one("id_number = '210102196001011233'")),
    _cell("id-in-scientific-text", _ID, "2.10102E+17", aside("id_digits_lost")),
    _cell("id-as-formula", _ID, f'="{id_of(0)}"', aside("required_missing")),
    _cell("error-in-a-required-cell", _ID, "#N/A", aside("required_missing")),
    _cell("error-in-a-required-date", _FROM, "#REF!", aside("required_missing")),
    _cell("error-in-an-optional-date", _UNTIL, "#DIV/0!", one("custody_end is null and as_received::jsonb ->> 'custody_end' = '#DIV/0!'")),
    _cell("error-in-an-optional-text", _PLACE, "#N/A", one("facility is null and as_received::jsonb ->> 'facility' = '#N/A'")),
    _case("error-pasted-as-text", _error_as_text, one("facility is null and as_received::jsonb ->> 'facility' = '#REF!'")),
    _case("error-of-no-known-kind", _error_unknown, _NO_WORKBOOK),
    _case("error-without-a-place", _error_unplaced, one("facility is null and as_received::jsonb ->> 'facility' = '#N/A'")),
    _case("row-of-nothing-but-an-error", lambda cells: [*cells, [None, "#N/A"]], Loaded((4, 3, 0, 1), reasons=frozenset({"required_missing"}))),
    _case("error-above-the-header", lambda cells: [["#REF!"], *cells[1:]], ALL),
    _cell("name-is-a-boolean", _NAME, True, aside("name_invalid")),
    _cell("text-is-a-boolean", _PLACE, False, one("facility = 'false'")),
    _cell("date-is-a-boolean", _FROM, True, aside("date_invalid")),
    _cell("date-as-serial", _FROM, 43957, one("custody_start = date '2020-05-06'")),
    _cell("date-as-date", _FROM, date(2020, 5, 6), one("custody_start = date '2020-05-06'")),
    _cell("date-with-a-time", _FROM, datetime(2020, 5, 6, 13, 30), one("custody_start = date '2020-05-06'")),
    _cell("date-is-a-time-of-day", _FROM, time(13, 30), aside("date_invalid")),
    _cell("date-serial-too-large", _FROM, 4_395_700, aside("date_invalid")),
    _cell("date-serial-negative", _FROM, -1, aside("date_invalid")),
    _cell("line-end-in-a-cell", _PLACE, "第一\n看守所", one("facility = E'第一\\n看守所'")),
    _cell("escaped-nul", _PLACE, "第_x0000_所", aside("control_character")),
    _case("days-counted-from-1904", lambda cells: _of_1904(cells, 42495), one("custody_start = date '2020-05-06'")),
    _case("dates-counted-from-1904", lambda cells: _of_1904(cells, date(2020, 5, 6)), one("custody_start = date '2020-05-06'")),
    _case("number-20200506-counted-from-1904", lambda cells: _of_1904(cells, 20200506), one("custody_start = date '2020-05-06'")),
    _case("column-named-like-ours", _beside("row_no", "7"), one("extra::jsonb ->> 'row_no*' = '7'")),
    _case("duplicate-row", lambda cells: [*cells, cells[3]], Loaded((4, 3, 1, 0))),
    _case("not-a-workbook", lambda _: "姓名,证件号码\n".encode("gb18030"), _NO_WORKBOOK),
    _case("page-of-a-proxy", lambda _: b"<html><body>login</body></html>", _NO_WORKBOOK),
    _case("of-no-bytes", lambda _: b"", _NO_WORKBOOK),
    _case("old-xls", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), _NO_WORKBOOK),
    _case("truncated", lambda cells: _book(cells)[:-200], _NO_WORKBOOK),
    _case("truncated-by-half", lambda cells: _book(cells)[:3000], _NO_WORKBOOK),
    _case("zip-of-something-else", lambda _: _zip({"a.txt": b"x"}), _NO_WORKBOOK),
    _case("sheet-part-is-no-xml", lambda _: _part(lambda _: b"\0\1\2<<<"), _NO_WORKBOOK),
    _case("sheet-part-cut", lambda _: _part(lambda sheet: sheet[: len(sheet) * 2 // 3]), _NO_WORKBOOK),
    _case("workbook-part-empty", lambda _: _part(lambda _: b"", "xl/workbook.xml"), _NO_WORKBOOK),
    _case("damaged-in-the-middle", lambda cells: _damaged(_book(cells)), _NO_WORKBOOK),
    _case("entity-bomb-in-a-sheet", lambda _: _part(_with_entities), Refused(BatchRejected, "workbook|document type")),
    _case("parts-encrypted", lambda cells: _encrypted(_book(cells)), _NO_WORKBOOK),
    _case("bomb", lambda _: _bomb(64 << 20), Refused(BatchRejected, "out of proportion")),
    _case("bomb-that-lies-about-its-size", lambda _: _lying_bomb(64 << 20), Refused(BatchRejected, "out of proportion|no readable workbook")),
]  # fmt: skip


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _damaged(package: bytes) -> bytes:
    """Thirty bytes of the packed sheet are others."""
    start = package.find(_SHEET_PART.encode()) + 60
    return package[:start] + b"\xaa" * 30 + package[start + 30 :]


def _with_entities(sheet: bytes) -> bytes:
    """The first name is ten times ten times ten … laughs."""
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE worksheet [<!ENTITY a0 "lol">{lines}]>'.encode()
    laughs = b'<c r="A4" t="inlineStr"><is><t>&a9;</t></is></c>'
    return doctype + re.sub(rb'<c r="A4".*?</c>', laughs, sheet)


@pytest.fixture(scope="module", autouse=True)
def read_here() -> Iterator[None]:
    """No process of its own for each case: ``test_files_xlsx_cells`` and ``test_reader_dies`` have them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "UNTRUSTED", frozenset())
        yield


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_workbook_has_its_named_outcome(
    hub: Hub, world: FileWorld, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    hub.prove(case, world, caplog)
