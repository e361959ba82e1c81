"""Workbooks whose sheet is written by hand: cells anywhere, formulas with and without a result."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

from tests.hostile.protocol_harness import SURNAME, id_of

HEAD = ("姓名", "证件号码", "入所日期", "出所日期", "监所名称")
_SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = f"{_PACKAGE}/content-types"
_WORKBOOK = (
    f'<workbook xmlns="{_SPACE}" xmlns:r="{_RELATIONS}"><sheets>'
    '<sheet name="羁押人员" sheetId="1" r:id="rId1"/></sheets>{calc}</workbook>'
)
_CONTENT_TYPES = (
    f'<Types xmlns="{_KINDS}"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


def _one_relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/{kind}" Target="{target}"/></Relationships>'
    )


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def styled(place: str) -> str:
    """A cell in which nothing stands but which has a format."""
    return f'<c r="{place}" s="0"/>'


def good_cells(rows: int = 3, header_row: int = 3) -> dict[str, str]:
    """Place and cell of a good table below its header."""
    table = [HEAD] + [
        (f"{SURNAME}文", id_of(n), "2020-01-02", "2020-05-08", "第一看守所") for n in range(rows)
    ]
    places = {}
    for line, values in enumerate(table, start=header_row):
        for letter, value in zip("ABCDE", values, strict=True):
            places[f"{letter}{line}"] = text(f"{letter}{line}", value)
    return places


def _line(place: str) -> int:
    return int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def workbook(cells: Mapping[str, str], dimension: str = "", calc: str = "") -> bytes:
    """A package with that sheet. ``cells`` by place; rows are written in order."""
    by_line: dict[int, list[str]] = {}
    for place, cell in cells.items():
        by_line.setdefault(_line(place), []).append(cell)
    body = "".join(f'<row r="{n}">{"".join(row)}</row>' for n, row in sorted(by_line.items()))
    said = f'<dimension ref="{dimension}"/>' if dimension else ""
    sheet = f'<worksheet xmlns="{_SPACE}">{said}<sheetData>{body}</sheetData></worksheet>'
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _one_relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": _WORKBOOK.format(calc=calc),
        "xl/_rels/workbook.xml.rels": _one_relation("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()
