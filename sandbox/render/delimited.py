"""Writes CSV and pipe-separated text, a column at a time."""

from __future__ import annotations

import polars as pl

from connectors.catalogue.model import Feed
from sandbox.render.damage import BAD_BYTE
from sandbox.render.sheet import Sheet

#: Fields a row loses when it breaks off.
_LOST = 2


def encode(text: str, encoding: str) -> bytes:
    """Returns the text's bytes.

    Characters unknown to the encoding become ``?``, as in the departments' systems.
    """
    return text.encode(encoding, errors="replace").replace(BAD_BYTE.encode(), b"\xff")


def csv_bytes(feed: Feed, sheet: Sheet) -> bytes:
    """Returns the sheet as CSV with a header."""
    delimiter = feed.format.delimiter if feed.format and feed.format.delimiter else ","
    return encode(_text(sheet, delimiter, "\r\n", quoted=True, header=True), feed.encoding)


def pipe_bytes(feed: Feed, sheet: Sheet) -> bytes:
    """Returns the sheet as text separated by ``|``, without quotes."""
    header = bool(feed.format and feed.format.header)
    return encode(_text(sheet, "|", "\n", quoted=False, header=header), feed.encoding)


def _text(sheet: Sheet, delimiter: str, line_end: str, *, quoted: bool, header: bool) -> str:
    names = sheet.rows.columns
    fields = [_field(name, delimiter, quoted) for name in names]
    whole = pl.concat_str(fields, separator=delimiter)
    broken = pl.concat_str(fields[:-_LOST] or fields[:1], separator=delimiter)
    lines = sheet.rows.with_columns(sheet.short.alias("_short")).select(
        pl.when("_short").then(broken).otherwise(whole).alias("line")
    )["line"]
    title = [delimiter.join(names)] if header else []
    return "".join(f"{line}{line_end}" for line in [*title, *lines.to_list()])


def _field(name: str, delimiter: str, quoted: bool) -> pl.Expr:
    value = pl.col(name).fill_null("")
    if not quoted:
        return value
    # Excel's ="..." goes out as it is: its quotes stand inside the field, not around it
    special = value.str.contains(rf'[{delimiter}\r\n]|^"')
    return pl.when(special).then('"' + value.str.replace_all('"', '""', literal=True) + '"').otherwise(value)
