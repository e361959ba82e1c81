"""Writes bank replies in GBK byte widths: ``H`` header, ``D`` details, ``T`` trailer with count and fen."""

from __future__ import annotations

from datetime import date

from connectors.catalogue.model import Feed, Table
from sandbox.render.delimited import encode
from sandbox.render.sheet import Sheet

_DEFAULT_WIDTH = 10
_CUT = 10


def fixed_width_bytes(feed: Feed, table: Table, sheet: Sheet, as_of: date, *, wrong_trailer: bool) -> bytes:
    """Returns the sheet in fixed byte widths."""
    widths = [table.column(name).width or _DEFAULT_WIDTH if name else _DEFAULT_WIDTH for name in sheet.titles]
    columns = [
        [fit(value or "", width, feed.encoding) for value in sheet.rows[source].to_list()]
        for source, width in zip(sheet.rows.columns, widths, strict=True)
    ]
    lines = [b"D" + b"".join(fields) for fields in zip(*columns, strict=True)]
    lines = [line[:-_CUT] if short else line for line, short in zip(lines, sheet.short, strict=True)]
    header = f"H{as_of:%Y%m%d}".encode() + fit(feed.department_code, 20, feed.encoding)
    count = len(lines) + (1 if wrong_trailer else 0)
    trailer = f"T{count:010d}{_total(feed, sheet):018d}".encode()
    return b"".join(line + b"\n" for line in (header, *lines, trailer))


def fit(value: str, width: int, encoding: str) -> bytes:
    """Returns exactly ``width`` bytes: padded with blanks, or cut where a character ends."""
    data = encode(value, encoding)
    while len(data) > width:
        value = value[:-1]
        data = encode(value, encoding)
    return data.ljust(width)


def _total(feed: Feed, sheet: Sheet) -> int:
    """Returns the sum over the rows whose amount is a number, as a bank would add them."""
    name = feed.format.trailer_total if feed.format else None
    if name is None or name not in sheet.titles:
        return 0
    total = 0
    for text in sheet.rows[sheet.rows.columns[sheet.titles.index(name)]].to_list():
        try:
            total += int(text or 0)
        except ValueError:
            continue
    return total
