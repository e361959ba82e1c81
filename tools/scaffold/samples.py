"""Empty deliveries: the layout a sample has, without a row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from connectors.catalogue.model import Feed, Table


def empty_delivery(feed: Feed, table: Table) -> tuple[str, bytes]:
    """Returns the name of the sample's file and its bytes: what the department would send without a row."""
    kind = feed.format.kind if feed.format else "sql"
    suffix, write = _LAYOUTS["soap" if feed.protocol == "soap" else kind]
    return f"{table.name}{suffix}", write(feed, table)


def expected(table: Table) -> str:
    """The header of ``expected.csv``."""
    return _line([column.name for column in table.columns], ",")


def _line(values: list[str], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(values)
    return out.getvalue()


def _delimited(feed: Feed, table: Table) -> bytes:
    delimiter = (feed.format and feed.format.delimiter) or ("|" if _kind(feed) == "pipe" else ",")
    return _line([column.source for column in table.columns], delimiter).encode(feed.encoding)


def _kind(feed: Feed) -> str:
    return feed.format.kind if feed.format else "sql"


def _fixed_width(feed: Feed, table: Table) -> bytes:
    header = b"H20200512" + feed.department_code.encode().ljust(20)
    return header + b"\r\n" + b"T%010d%018d\r\n" % (0, 0)


def _workbook(feed: Feed, table: Table) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book["Sheet"])
    sheet = book.create_sheet(table.source.sheet)
    for place, column in enumerate(table.columns, start=1):
        sheet.cell(table.source.header_row or 1, place, column.source)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _xml(feed: Feed, table: Table) -> bytes:
    head = f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
    return f"{head}<resp><code>0000</code><msg/><total>0</total><list>\n</list></resp>\n".encode(
        feed.encoding
    )


def _soap(feed: Feed, table: Table) -> bytes:
    head = f'<?xml version="1.0" encoding="{feed.encoding}"?>'
    inner = f"{head}<RESULT><CODE>0000</CODE><MSG/><TOTAL>0</TOTAL><ROWS/></RESULT>"
    return (json.dumps(inner, ensure_ascii=False) + "\n").encode()


def _json(feed: Feed, table: Table) -> bytes:
    page = {"code": "0000", "msg": "", "data": {"total": 0, "pageNo": 1, "rows": []}}
    return (json.dumps(page, ensure_ascii=False) + "\n").encode()


_LAYOUTS: dict[str, tuple[str, Callable[[Feed, Table], bytes]]] = {
    "sql": (".csv", _delimited),
    "csv": (".csv", _delimited),
    "pipe": (".txt", _delimited),
    "fixed_width": (".dat", _fixed_width),
    "xlsx": (".xlsx", _workbook),
    "xml": (".xml", _xml),
    "soap": (".jsonl", _soap),
    "json": (".jsonl", _json),
}
