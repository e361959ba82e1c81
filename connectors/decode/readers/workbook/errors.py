"""Finds cells whose formula gave no value: the library that reads workbooks gives them as empty.

There are two kinds. A formula failed (``#N/A``, ``#REF!`` …), or nobody computed it: a program wrote the
workbook and no spreadsheet ever opened it. Neither may pass for an empty cell.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from connectors.decode.readers.workbook.cells import Place, column_number, placed_cells, sheet_part
from connectors.decode.text import UNCOMPUTED

#: Whether a part may hold such a cell at all: only then is it read a second time.
MARK = re.compile(rb"""\bt\s*=\s*["']e["']|<(?:\w{1,8}:)?f[\s/>]""")
#: Longer than any match of ``MARK`` that a writer of workbooks makes.
MARK_LENGTH = 16
_TO_COMPUTE = re.compile(rb"""\bfullCalcOnLoad\s*=\s*["'](?:1|true)["']""")
_RANGE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7}):([A-Za-z]{1,3})([0-9]{1,7})")
#: A formula for more cells than this is not followed: no department's table has one.
_LARGEST_RANGE = 1_000_000


def error_cells(path: Path, sheet: str) -> dict[Place, str]:
    """Returns, by place, what stands for a value in the cells of that sheet that have none.

    Raises ``ValueError`` for a part that is no XML.
    """
    try:
        with zipfile.ZipFile(path) as package:
            part = sheet_part(package, sheet)
            return _errors(package, part, _is_stale(package)) if part else {}
    except etree.LxmlError as error:
        raise ValueError("a part of the workbook is no XML") from error


def _is_stale(package: zipfile.ZipFile) -> bool:
    """Tells whether the workbook itself says that its formulas have yet to be computed."""
    return _TO_COMPUTE.search(package.read("xl/workbook.xml")) is not None


def _errors(package: zipfile.ZipFile, part: str, stale: bool) -> dict[Place, str]:
    found: dict[Place, str] = {}
    filled: set[Place] = set()
    spread: list[str] = []
    for place, cell in placed_cells(package, part):
        value = cell.find("{*}v")
        text = (value.text or "").strip() if value is not None else ""
        if cell.get("t") == "e":
            found[place] = text
        elif _is_uncomputed(cell, value, text, stale):
            found[place] = UNCOMPUTED
            spread += [f.get("ref") or "" for f in cell.iter("{*}f")]
        elif spread and len(cell):
            filled.add(place)
    for cells in spread:
        found |= {place: UNCOMPUTED for place in _places(cells) if place not in filled | found.keys()}
    return found


def _is_uncomputed(cell: etree._Element, value: etree._Element | None, text: str, stale: bool) -> bool:
    """Tells whether a formula has no result. An empty text (``t="str"``, ``<v></v>``) is a result.

    Programs that compute nothing also write 0; then the workbook is ``stale``.
    """
    if cell.find("{*}f") is None or cell.find("{*}is") is not None:
        return False
    if text:
        return stale and text == "0"
    return cell.get("t") != "str" or value is None


def _places(cells: str) -> Iterator[Place]:
    """Returns the places of ``B2:B9``, for which one array formula stands."""
    corners = _RANGE.fullmatch(cells)
    if not corners:
        return
    left, right = column_number(corners[1]) - 1, column_number(corners[3])
    top, bottom = int(corners[2]) - 1, int(corners[4])
    if (right - left) * (bottom - top) <= _LARGEST_RANGE:
        yield from ((line, column) for line in range(top, bottom) for column in range(left, right))
