"""Lays out tables for a terminal, aligned also where a cell is Chinese."""

from __future__ import annotations


def columns(rows: list[tuple[str, ...]]) -> str:
    """Returns rows in aligned columns; a Chinese character is two wide. Numbers are aligned to the right."""
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [_pad(cell, width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def _pad(cell: str, width: int) -> str:
    blanks = " " * (width - _width(cell))
    return blanks + cell if cell[:1].isdigit() else cell + blanks


def _width(cell: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in cell)
