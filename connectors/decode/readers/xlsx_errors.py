"""Error cells of a sheet (``#N/A``, ``#REF!`` …): the library that reads workbooks gives them as empty."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path

from lxml import etree

#: Whether a part may hold an error cell at all: only then is it read a second time.
MARK = re.compile(rb"""\bt\s*=\s*["']e["']""")
#: Longer than any match of ``MARK`` that a writer of workbooks makes.
MARK_LENGTH = 16
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RELATION = "{*}Relationship"
#: Row and column, from 0.
Place = tuple[int, int]


def error_cells(path: Path, sheet: str) -> dict[Place, str]:
    """The errors of that sheet by place. Raises ``ValueError`` for a part that is no XML."""
    try:
        with zipfile.ZipFile(path) as package:
            part = _part_of(package, sheet)
            return _errors(package, part) if part in package.namelist() else {}
    except etree.LxmlError as error:
        raise ValueError("a part of the workbook is no XML") from error


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
    """Name of the sheet's part; empty if the workbook does not lead there."""
    workbook, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {workbook, relations} <= set(package.namelist()):
        return ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    wanted = ""
    for found in etree.fromstring(package.read(workbook), parser).iter("{*}sheet"):
        if found.get("name") == sheet:
            wanted = next((str(value) for name, value in found.items() if name.endswith("}id")), "")
    for relation in etree.fromstring(package.read(relations), parser).iter(_RELATION):
        if relation.get("Id") == wanted:
            return posixpath.normpath(posixpath.join("/xl", relation.get("Target") or "")).lstrip("/")
    return ""


def _errors(package: zipfile.ZipFile, part: str) -> dict[Place, str]:
    found: dict[Place, str] = {}
    row, column = 0, 0
    with package.open(part) as source:
        cells = etree.iterparse(source, tag=("{*}row", "{*}c"), resolve_entities=False, no_network=True)
        for _, element in cells:
            if element.tag.endswith("row"):
                row, column = int(element.get("r") or row + 1), 0
                _forget(element)
                continue
            place = _PLACE.fullmatch(element.get("r") or "")
            column = _number(place[1]) if place else column + 1
            if element.get("t") == "e":
                parent = element.getparent()
                above = None if parent is None else parent.get("r")
                line = int(place[2] if place else above or row + 1)
                found[line - 1, column - 1] = (element.findtext("{*}v") or "").strip()
    return found


def _forget(row: etree._Element) -> None:
    """A row that was read takes no memory."""
    row.clear()
    parent = row.getparent()
    while row.getprevious() is not None and parent is not None:
        del parent[0]


def _number(letters: str) -> int:
    """``A`` is 1, ``AA`` is 27."""
    total = 0
    for letter in letters:
        total = total * 26 + ord(letter) - 64
    return total
