"""Reads Excel workbooks: one sheet by name, titles above the header, cells as they are stored.

A number cell with more than 15 digits has lost some: its text is in scientific notation, and the identity
cleaner reports it.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from connectors.archive_limits import LARGEST_MEMBER, is_out_of_proportion
from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import CHUNK_ROWS, RawChunk, malformed_rows
from connectors.decode.readers.header import (
    HEADER_AGAIN,
    check_header,
    chunk_column_name,
    declared_names,
    name_of_unnamed,
)
from connectors.decode.readers.units import append_units, units_in_titles
from connectors.decode.readers.workbook.cells import sheet_part
from connectors.decode.readers.workbook.errors import MARK, MARK_LENGTH, error_cells
from connectors.decode.readers.workbook.far_cells import compact_copy, measure_extent
from connectors.decode.readers.workbook.merged import mark_merged
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
#: Exceptions raised for a package that is damaged, encrypted or no package at all.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    CalamineError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    etree.LxmlError,
)


@dataclass
class _Sheet:
    """Rows of the declared sheet from its first on, each as wide as the widest; some cells hold an error.

    ``numbers``: the number (from 0) in the workbook of each column, where columns were left out.
    """

    rows: list[list[Any]]
    numbers: list[int] | None = None


def read_workbook(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    """Yields chunks of the declared sheet's rows below its header.

    Raises ``BatchRejected`` for a file that is no readable workbook, or without the sheet or its header.
    """
    sheet = _sheet(feed, table, path)
    header_row = (table.source.header_row or 1) - 1
    if len(sheet.rows) <= header_row:
        raise BatchRejected(
            feed.feed_id,
            f"sheet {table.source.sheet} ends before its header row {header_row + 1}; ask for it again",
        )
    below = sheet.rows[header_row + 1 :]
    late = _LATER_EPOCH if _counts_from_1904(path) else 0
    dated = {c.source for c in table.columns if c.type in ("date", "month", "timestamp")}
    header = sheet.rows[header_row]
    found = _columns(table, header, below, sheet.numbers)
    check_header(feed, table, [name for _, name in found])
    data = [row for row in below if any(as_text(row[i]).strip() for i, _ in found)]
    names = [as_text(header[i]).strip() for i, _ in found]
    around = units_in_titles(cell for row in sheet.rows[:header_row] for cell in row)
    for start in range(0, len(data), CHUNK_ROWS):
        chunk = _chunk(data[start : start + CHUNK_ROWS], start, found, names, {n: late for n in dated})
        yield replace(chunk, frame=append_units(chunk.frame, table, around))


def _chunk(
    piece: list[list[Any]], before: int, found: list[tuple[int, str]], header: list[str], late: dict[str, int]
) -> RawChunk:
    """Returns a chunk of rows. ``header``: the text above each column; a row that repeats it is malformed."""
    good, malformed = [], []
    first = found[0][0]
    for row_no, row in enumerate(piece, start=before + 1):
        is_like = as_text(row[first]).strip() == header[0]
        if is_like and [as_text(row[i]).strip() for i, _ in found] == header:
            malformed.append((row_no, HEADER_AGAIN, ",".join(header)))
        else:
            good.append((row_no, row))
    columns = {
        name: pl.Series([as_text(_shifted(row[i], late.get(name, 0))) for _, row in good], dtype=pl.String)
        for i, name in found
    }
    numbers = pl.Series("row_no", [row_no for row_no, _ in good], dtype=pl.Int64)
    frame = pl.DataFrame(columns).with_columns(numbers)
    return RawChunk(frame, malformed_rows(malformed), excel=True)


def _counts_from_1904(path: Path) -> bool:
    """Tells whether the workbook counts days from 1904, as old Macs did.

    Cells marked as dates are converted anyway.
    """
    with zipfile.ZipFile(path) as package:
        parts = [n for n in package.namelist() if n.startswith("xl/workbook") and n.endswith(".xml")]
        return any(_MAC_DAYS.search(package.read(part)) for part in parts)


def _shifted(cell: Any, days: int) -> Any:
    """Converts a bare day number as if counted from 1900.

    A number like 20200506 or a year is no day number.
    """
    if days and isinstance(cell, date):
        return _unless_year(cell, _DAY_ZERO + timedelta(days=days))
    is_day = days and type(cell) in (int, float) and _YEARS[1] <= cell < _LAST_DAY
    return cell + days if is_day else cell


def _unless_year(cell: date, zero: datetime) -> Any:
    """Returns the typed number where a cell shows a day of 1905 only because 2020 is formatted as a date."""
    moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    number = (moment - zero) / timedelta(days=1)
    return number if _YEARS[0] <= number < _YEARS[1] else cell


def _columns(
    table: Table, header: list[Any], below: list[list[Any]], numbers: list[int] | None
) -> list[tuple[int, str]]:
    """Returns position and name of each column.

    Values below no name are kept as the unknown column ``第6列``.
    """
    found = []
    for i, name in enumerate(declared_names(table, [as_text(cell) for cell in header])):
        if not name and any(as_text(row[i]).strip() for row in below):
            name = name_of_unnamed(numbers[i] if numbers else i)
        if name:
            found.append((i, chunk_column_name(name)))
    return found


def _sheet(feed: Feed, table: Table, path: Path) -> _Sheet:
    try:
        has_errors = _refuse_bomb(feed, path)
        with zipfile.ZipFile(path) as package:
            part = sheet_part(package, table.source.sheet or "")
            thin = bool(part) and measure_extent(package, part).is_thin()
        if not thin:
            return _Sheet(_rows(feed, table, path, has_errors))
        with tempfile.TemporaryDirectory() as folder:
            copy, numbers = compact_copy(feed, path, part, table.source.header_row or 1, Path(folder))
            return _Sheet(_rows(feed, table, copy, has_errors), numbers)
    except _UNREADABLE as error:
        raise BatchRejected(
            feed.feed_id, f"{path.name} is no readable workbook ({type(error).__name__}); ask for it again"
        ) from error


def _rows(feed: Feed, table: Table, path: Path, has_errors: bool) -> list[list[Any]]:
    sheet = table.source.sheet or ""
    workbook = CalamineWorkbook.from_path(str(path))
    if sheet not in workbook.sheet_names:
        # their names are not repeated: departments name sheets after people, too
        raise BatchRejected(
            feed.feed_id,
            f"{path.name} has {len(workbook.sheet_names)} sheets, none named {sheet!r}; ask the publisher",
        )
    page = workbook.get_sheet_by_name(sheet)
    rows: list[list[Any]] = page.to_python(skip_empty_area=False)
    mark_merged(rows, page.merged_cell_ranges or [], (table.source.header_row or 1) - 1)
    if has_errors:
        for (line, column), error in error_cells(path, sheet).items():
            if (table.source.header_row or 1) <= line < len(rows) and column < len(rows[line]):
                rows[line][column] = error
    return rows


def _refuse_bomb(feed: Feed, path: Path) -> bool:
    """Unpacks every part once and counts: the package's directory is only the sender's word for it.

    Returns whether any part may hold a cell whose formula gave no value.
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
                    if is_out_of_proportion(size, part.compress_size) or unpacked + size > _LARGEST_UNPACKED:
                        raise BatchRejected(
                            feed.feed_id, f"{path.name} unpacks out of proportion; ask the publisher"
                        )
            unpacked += size
    return marked


def as_text(cell: Any) -> str:
    """Returns a cell as text: whole numbers without a point, dates in ISO form, empty cells as ''."""
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
