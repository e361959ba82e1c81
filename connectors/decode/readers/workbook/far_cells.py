"""Reads sheets with cells far out: a blank typed into the last cell makes a table of 17 billion cells.

The library that reads workbooks lays a sheet out as a table, so its memory is rows times columns. A nearly
empty sheet is written anew with its used rows and columns moved together, and then read like any other.
"""

from __future__ import annotations

import itertools
import re
import zipfile
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from connectors.catalogue.model import Feed
from connectors.decode.readers.workbook.cells import (
    Place,
    column_letters,
    column_number,
    merged_cells,
    placed_cells,
)
from connectors.errors import BatchRejected

_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
#: Longer than any match of ``_REFERENCE`` that a writer of workbooks makes.
_REFERENCE_LENGTH = 24
_BLOCK = 1 << 20
#: A table of up to this many cells is read, however empty it is.
_SMALL = 5_000_000
#: In a larger table one cell in this many must hold something.
_THIN = 4


@dataclass
class Extent:
    """How far the cells of a sheet reach, and how many there are."""

    rows: int = 0
    columns: int = 0
    cells: int = 0

    def is_thin(self) -> bool:
        """Tells whether the table is large and nearly empty."""
        area = self.rows * self.columns
        return area > _SMALL and area > _THIN * self.cells


def measure_extent(package: zipfile.ZipFile, part: str) -> Extent:
    """Finds the extremes of all references. The sheet's own statement of its dimension does not count."""
    found = Extent()
    letters: set[bytes] = set()
    end = b""
    with package.open(part) as source:
        while block := source.read(_BLOCK):
            places = _REFERENCE.findall(end + block)
            letters.update(column for column, _ in places)
            found.rows = max(found.rows, *map(int, {row for _, row in places}), 0)
            found.cells += sum(1 for column, _ in places if column)
            end = block[-_REFERENCE_LENGTH:]
    found.columns = max((column_number(column.decode()) for column in letters), default=0)
    return found


def compact_copy(feed: Feed, path: Path, part: str, header_rows: int, folder: Path) -> tuple[Path, list[int]]:
    """Copies the workbook into ``folder`` with only the used rows and columns of its sheet.

    The first ``header_rows`` rows stay where they are. Returns the copy and, for each of its columns, the
    column's number (from 0) in the original. Raises ``BatchRejected`` if the cells are so scattered that this
    does not help.
    """
    with zipfile.ZipFile(path) as package:
        used = [place for place, cell in placed_cells(package, part) if len(cell)]
        lines = sorted({line for line, _ in used}.union(range(header_rows)))
        columns = sorted({column for _, column in used})
        if Extent(len(lines), len(columns), len(used)).is_thin():
            raise BatchRejected(
                feed.feed_id,
                f"{path.name}: {len(used)} cells are strewn over {len(lines)} rows and {len(columns)} "
                f"columns as far as {column_letters(columns[-1] + 1)}{lines[-1] + 1}, expected a table; "
                "ask the publisher to delete what stands outside of the table",
            )
        copy = folder / "moved_together.xlsx"
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for name in package.namelist():
                if name != part and name.endswith((".xml", ".rels")):
                    out.writestr(name, package.read(name))
            with out.open(part, "w") as target:
                _write_sheet(package, part, (lines, columns), target)
    return copy, columns


def _write_sheet(
    package: zipfile.ZipFile, part: str, used: tuple[list[int], list[int]], target: object
) -> None:
    line_of, column_of = ({old: new for new, old in enumerate(numbers, start=1)} for numbers in used)
    merged = [_moved(found, used) for found in merged_cells(package, part)]

    def line(found: tuple[Place, etree._Element]) -> int:
        return found[0][0]

    cells = ((place, cell) for place, cell in placed_cells(package, part) if len(cell))
    with etree.xmlfile(target) as sheet:
        _, first = next(placed_cells(package, part))
        space = etree.QName(first).namespace
        tag = f"{{{space}}}" if space else ""
        root = sheet.element(f"{tag}worksheet", nsmap={None: space} if space else None)
        with root:
            with sheet.element(f"{tag}sheetData"):
                for number, row in itertools.groupby(cells, line):
                    with sheet.element(f"{tag}row", r=str(line_of[number])):
                        for (_, column), cell in row:
                            cell.set("r", f"{column_letters(column_of[column])}{line_of[number]}")
                            sheet.write(cell)
            with sheet.element(f"{tag}mergeCells"):
                for reference in filter(None, merged):
                    sheet.write(etree.Element(f"{tag}mergeCell", ref=reference))


def _moved(merged: tuple[Place, Place], used: tuple[list[int], list[int]]) -> str:
    """Returns where a merged cell lies among the used rows and columns; empty if its own value is in none."""
    (top, left), (bottom, right) = merged
    corners = []
    for numbers, first, last in zip(used, (top, left), (bottom, right), strict=True):
        start, end = bisect_left(numbers, first), bisect_right(numbers, last)
        if start == end or numbers[start] != first:
            return ""
        corners.append((start + 1, end))
    (first_line, last_line), (first_column, last_column) = corners
    return f"{column_letters(first_column)}{first_line}:{column_letters(last_column)}{last_line}"
