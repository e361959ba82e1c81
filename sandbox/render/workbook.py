"""Excel workbooks: merged titles above the header, a second sheet, dates as numbers, and stable bytes."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

from openpyxl import Workbook
from openpyxl.worksheet.cell_range import CellRange

from connectors.catalogue.model import Feed, Table
from sandbox.render.habits import spelling_of
from sandbox.render.sheet import Sheet

_STAMP = (2020, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_LOST_DIGITS = re.compile(r"[0-9]\.[0-9]+E\+17")

Cell = str | int | float | None


def workbook_bytes(feed: Feed, table: Table, sheet: Sheet, as_of: date) -> bytes:
    """Returns the sheet as a workbook with titles above the header and a second sheet."""
    book = Workbook(write_only=True)
    page = book.create_sheet(table.source.sheet or "Sheet1")
    header_row = table.source.header_row or 1
    names = sheet.rows.columns
    titles = [f"{feed.publisher.zh} {feed.name.zh}", f"统计日期：{as_of:%Y年%m月%d日}"]
    for number in range(1, header_row):
        page.append([titles[number - 1] if number <= len(titles) else None])
    page.append(names)
    numeric = [_is_number(feed, table, name) for name in sheet.titles]
    for row, short in zip(sheet.rows.iter_rows(), sheet.short, strict=True):
        cells = [_cell(value, as_number) for value, as_number in zip(row, numeric, strict=True)]
        page.append(cells[:1] if short else cells)
    notes = book.create_sheet("说明")
    notes.append(["本表由业务系统导出，仅供数据共享使用"])
    out = io.BytesIO()
    _merge_titles(page, header_row, len(names))
    book.save(out)
    return _stable(out.getvalue())


def _merge_titles(page: object, header_row: int, columns: int) -> None:
    """Writes merged ranges, where this version of openpyxl can while streaming."""
    merged = getattr(page, "merged_cells", None)
    if merged is None:
        return
    for row in range(1, header_row):
        merged.add(CellRange(min_col=1, max_col=columns, min_row=row, max_row=row))


def _is_number(feed: Feed, table: Table, name: str) -> bool:
    """Columns Excel holds as numbers: amounts, counts, and dates where this department leaves serials."""
    if not name:
        return False
    kind = table.column(name).type
    return kind in ("amount", "integer", "decimal") or (kind == "date" and spelling_of(feed).date == "serial")


def _cell(value: str | None, as_number: bool) -> Cell:
    if value is None or value == "":
        return None
    if _LOST_DIGITS.fullmatch(value):
        return float(value)
    if as_number and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def _stable(data: bytes) -> bytes:
    """Returns the same workbook without the moment it was written."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>2020-01-01T00:00:00Z\g<3>", content)
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return out.getvalue()
