"""Marks cells merged with others: a workbook keeps a value in the first of them only.

People read it as the value of all, or of the first alone (an amount for a whole household). Nobody can tell
which, so the others may neither inherit it nor pass for empty cells.
"""

from __future__ import annotations

from typing import Any

from connectors.decode.readers.workbook.cells import Place
from connectors.decode.text import MERGED


def mark_merged(rows: list[list[Any]], ranges: list[tuple[Place, Place]], header: int) -> None:
    """Puts ``MERGED`` into the cells that a filled one above or beside them covers.

    Only below a name in the row ``header`` (from 0), and only in rows in which something else stands: a note
    below the table that is spread over many cells makes no rows.
    """
    if header >= len(rows):
        return
    named = {column for column, name in enumerate(rows[header]) if _is_filled(name)}
    filled = {
        line
        for (top, _), (bottom, _) in ranges
        for line in range(max(top, header + 1), min(bottom + 1, len(rows)))
        if any(_is_filled(cell) for cell in rows[line])
    }
    for (top, left), (bottom, right) in ranges:
        if top <= header or top >= len(rows) or left >= len(rows[top]) or not _is_filled(rows[top][left]):
            continue
        for line in filled.intersection(range(top, min(bottom + 1, len(rows)))):
            for column in named.intersection(range(left, right + 1)):
                if not _is_filled(rows[line][column]):
                    rows[line][column] = MERGED


def _is_filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""
