"""Excel workbooks: one sheet by name, titles above the header, cells as they are stored.

A number cell with more than 15 digits has lost some: its text is in scientific notation, and the identity
cleaner says so.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from connectors.bombs import LARGEST_MEMBER, out_of_proportion
from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import CHUNK_ROWS, RawChunk, no_malformed
from connectors.decode.readers.header import check_header, kept_as
from connectors.decode.readers.xlsx_errors import MARK, MARK_LENGTH, Place, error_cells
from connectors.errors import BatchRejected

#: Excel keeps 15 significant digits; larger whole numbers are not what was typed.
_EXACT = 10**15
#: The format itself ends at 1,048,576 rows; unpacked content beyond this is an attack or a mistake.
_LARGEST_UNPACKED = 2 << 30
_MAC_DAYS = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904\s*=\s*[\"'](?:1|true|on)[\"']")
#: Days from 1899-12-30 to 1904-01-01, and a day number beyond all dates.
_LATER_EPOCH, _LAST_DAY = 1462, 100_000
#: A whole number in these years is a year that somebody typed, also where the cell is formatted as a date.
_YEARS = (1900, 2101)
_DAY_ZERO = datetime.combine(date(1899, 12, 30), time())
_BLOCK = 256 * 1024
#: What a package that is damaged, encrypted or no package at all ends in.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    CalamineError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def read(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    rows, errors = _rows(feed, table, path)
    header_row = (table.source.header_row or 1) - 1
    if len(rows) <= header_row:
        raise BatchRejected(
            feed.feed_id,
            f"sheet {table.source.sheet} ends before its header row {header_row + 1}; ask for it again",
        )
    for (line, column), error in errors.items():
        if header_row < line < len(rows) and column < len(rows[line]):
            rows[line][column] = error
    below = rows[header_row + 1 :]
    late = _LATER_EPOCH if _counts_from_1904(path) else 0
    dated = {c.source for c in table.columns if c.type in ("date", "month", "timestamp")}
    found = _columns(rows[header_row], below)
    check_header(feed, table, [name for _, name in found])
    data = [row for row in below if any(as_text(row[i]).strip() for i, _ in found)]
    for start in range(0, len(data), CHUNK_ROWS):
        piece = data[start : start + CHUNK_ROWS]
        columns = {
            name: pl.Series(
                [as_text(_shifted(row[i], late if name in dated else 0)) for row in piece], dtype=pl.String
            )
            for i, name in found
        }
        row_no = pl.int_range(start + 1, start + len(piece) + 1, dtype=pl.Int64, eager=True)
        frame = pl.DataFrame(columns).with_columns(row_no.alias("row_no"))
        yield RawChunk(frame, no_malformed(), excel=True)


def _counts_from_1904(path: Path) -> bool:
    """Whether the workbook counts days as old Macs did. Cells marked as dates are converted all the same."""
    with zipfile.ZipFile(path) as package:
        parts = [n for n in package.namelist() if n.startswith("xl/workbook") and n.endswith(".xml")]
        return any(_MAC_DAYS.search(package.read(part)) for part in parts)


def _shifted(cell: Any, days: int) -> Any:
    """A bare day number as if it had been counted from 1900; 20200506 is none, and neither is a year."""
    if days and isinstance(cell, date):
        return _unless_year(cell, _DAY_ZERO + timedelta(days=days))
    is_day = days and type(cell) in (int, float) and _YEARS[1] <= cell < _LAST_DAY
    return cell + days if is_day else cell


def _unless_year(cell: date, zero: datetime) -> Any:
    """The number that was typed where a cell shows a day of 1905 only because 2020 is formatted as a date."""
    moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    number = (moment - zero) / timedelta(days=1)
    return number if _YEARS[0] <= number < _YEARS[1] else cell


def _columns(header: list[Any], below: list[list[Any]]) -> list[tuple[int, str]]:
    """Position and name of each column. Values beneath no name are kept as the unknown column ``第6列``."""
    found = []
    for i, cell in enumerate(header):
        name = kept_as(as_text(cell).strip())
        if not name and any(as_text(row[i]).strip() for row in below):
            name = f"第{i + 1}列"
        if name:
            found.append((i, name))
    return found


def _rows(feed: Feed, table: Table, path: Path) -> tuple[list[list[Any]], dict[Place, str]]:
    """All rows of the declared sheet from the sheet's first row on, and its error cells."""
    sheet = table.source.sheet or ""
    try:
        has_errors = _refuse_bomb(feed, path)
        workbook = CalamineWorkbook.from_path(str(path))
        count = len(workbook.sheet_names)
        if sheet not in workbook.sheet_names:
            # their names are not repeated: departments name sheets after people, too
            raise BatchRejected(
                feed.feed_id,
                f"{path.name} has {count} sheets, none named {sheet!r}; ask the publisher",
            )
        rows: list[list[Any]] = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        errors = error_cells(path, sheet) if has_errors else {}
    except _UNREADABLE as error:
        raise BatchRejected(
            feed.feed_id, f"{path.name} is no readable workbook ({type(error).__name__}); ask for it again"
        ) from error
    return rows, errors


def _refuse_bomb(feed: Feed, path: Path) -> bool:
    """Unpacks every part once and counts: the package's directory is only the sender's word for it.

    Returns whether any part may hold an error cell.
    """
    marked = False
    with zipfile.ZipFile(path) as package:
        unpacked = 0
        for part in package.infolist():
            part.file_size = LARGEST_MEMBER  # reading would end, silently, at the size the directory says
            size, end = 0, b""
            with package.open(part) as source:
                while block := source.read(_BLOCK):
                    size += len(block)
                    marked = marked or MARK.search(end + block) is not None
                    end = block[-MARK_LENGTH:]
                    if out_of_proportion(size, part.compress_size) or unpacked + size > _LARGEST_UNPACKED:
                        raise BatchRejected(
                            feed.feed_id, f"{path.name} unpacks out of proportion; ask the publisher"
                        )
            unpacked += size
    return marked


def as_text(cell: Any) -> str:
    """A cell as text: whole numbers without a point, dates in ISO form, empty cells as ''."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, date) and isinstance(number := _unless_year(cell, _DAY_ZERO), float):
        return _number(number)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d" if cell.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _number(cell: float) -> str:
    if abs(cell) >= _EXACT:
        return f"{float(cell):.14E}"
    if float(cell).is_integer():
        return str(int(cell))
    return f"{cell:.8f}".rstrip("0").rstrip(".")  # binary noise of a spreadsheet's sums goes
