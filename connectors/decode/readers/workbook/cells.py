"""Reads the cells of a sheet one after the other from the package, in memory that does not grow."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_RELATION = "{*}Relationship"
#: Row and column, from 0.
Place = tuple[int, int]


def sheet_part(package: zipfile.ZipFile, sheet: str) -> str:
    """Returns the name of the sheet's part; empty if the workbook does not lead there."""
    workbook, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {workbook, relations} <= set(package.namelist()):
        return ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    wanted, part = "", ""
    for found in etree.fromstring(package.read(workbook), parser).iter("{*}sheet"):
        if found.get("name") == sheet:
            wanted = next((str(value) for name, value in found.items() if name.endswith("}id")), "")
    for relation in etree.fromstring(package.read(relations), parser).iter(_RELATION):
        if relation.get("Id") == wanted:
            part = posixpath.normpath(posixpath.join("/xl", relation.get("Target") or "")).lstrip("/")
    return part if part in package.namelist() else ""


def placed_cells(package: zipfile.ZipFile, part: str) -> Iterator[tuple[Place, etree._Element]]:
    """Yields each cell element with its place. An element is valid until the next is asked for."""
    row, column = 0, 0
    with package.open(part) as source:
        cells = etree.iterparse(source, tag=("{*}row", "{*}c"), resolve_entities=False, no_network=True)
        for _, element in cells:
            if element.tag.endswith("row"):
                row, column = int(element.get("r") or row + 1), 0
                _forget(element)
                continue
            place = _PLACE.fullmatch(element.get("r") or "")
            column = column_number(place[1]) if place else column + 1
            parent = element.getparent()
            above = None if parent is None else parent.get("r")
            yield (int(place[2] if place else above or row + 1) - 1, column - 1), element


def merged_cells(package: zipfile.ZipFile, part: str) -> Iterator[tuple[Place, Place]]:
    """Yields the first and last place of each merged cell."""
    with package.open(part) as source:
        tags = ("{*}row", "{*}mergeCell")
        for _, element in etree.iterparse(source, tag=tags, resolve_entities=False, no_network=True):
            first, _, last = (element.get("ref") or "").replace("$", "").partition(":")
            ends = [_PLACE.fullmatch(text) for text in (first, last or first)]
            places = [(int(end[2]) - 1, column_number(end[1]) - 1) for end in ends if end]
            if len(places) == len(ends):
                yield places[0], places[1]
            _forget(element)


def _forget(row: etree._Element) -> None:
    """Frees the memory of a row that was read."""
    row.clear()
    parent = row.getparent()
    while row.getprevious() is not None and parent is not None:
        del parent[0]


def column_number(letters: str) -> int:
    """Returns the number of a column: ``A`` is 1, ``AA`` is 27."""
    total = 0
    for letter in letters.upper():
        total = total * 26 + ord(letter) - 64
    return total


def column_letters(number: int) -> str:
    """Returns the letters of a column: 1 is ``A``, 27 is ``AA``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
