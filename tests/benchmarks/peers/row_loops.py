"""The obvious way to read a department's file: row by row. ``row_loops.py <job.json>``.

A job has a layout, files, and columns with source, type, codes and width. Each value becomes a Python value;
a row with a value that cannot be read is set aside. No header, total or key is checked, no number is proved.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from lxml import etree

Row = dict[str, Any]


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    good: list[Row] = []
    bad: list[Row] = []
    before, begin = os.times(), time.perf_counter()
    for part in job["parts"]:
        for row in READERS[job["layout"]](part):
            try:
                good.append({c["name"]: value(row.get(c["source"]), c) for c in part["columns"]})
            except (ValueError, ArithmeticError):
                bad.append(row)
    frame = pd.DataFrame(good)
    seconds, after = time.perf_counter() - begin, os.times()
    answer = {
        "rows": len(frame) + len(bad),
        "set_aside": len(bad),
        "seconds": seconds,
        "cpu": sum(after[:4]) - sum(before[:4]),
    }
    sys.stdout.write(f"\nanswer: {json.dumps(answer)}\n")


def workbook(part: Row) -> Iterator[Row]:
    """Reads a sheet with pandas and goes through it by ``iterrows``."""
    frame = pd.read_excel(
        part["path"], sheet_name=part["sheet"] or 0, header=(part["header_row"] or 1) - 1, dtype=str
    )
    for _, row in frame.iterrows():
        yield {str(name): None if pd.isna(found) else str(found) for name, found in row.items()}


def document(part: Row) -> Iterator[Row]:
    """Reads an XML reply with lxml, record by record."""
    text = Path(part["path"]).read_bytes().decode(part["encoding"], errors="replace")
    yield from _records(text, part["record"])


def answers(part: Row) -> Iterator[Row]:
    """Reads landed SOAP answers, a document in each line."""
    with open(part["path"], encoding="utf-8") as lines:
        for line in lines:
            yield from _records(json.loads(line), part["record"])


def _records(text: str, record: str) -> Iterator[Row]:
    start = text.find("?>")
    root = etree.fromstring((text[start + 2 :] if start >= 0 else text).strip())
    for element in root.iter(record):
        yield {str(child.tag): child.text for child in element}


def fixed_width(part: Row) -> Iterator[Row]:
    """Cuts each line of bytes at its columns: widths count bytes, which ``read_fwf`` cannot."""
    with open(part["path"], "rb") as lines:
        for line in lines:
            if line[:1] != b"D":
                continue
            row, at = {}, 1
            for column in part["columns"]:
                cut = line[at : at + column["width"]]
                row[column["source"]] = cut.decode(part["encoding"], errors="replace").strip()
                at += column["width"]
            yield row


def value(text: str | None, column: Row) -> Any:
    """Returns the value of a declared type. Raises ``ValueError`` if the text is none."""
    text = (text or "").strip()
    if not text:
        if column["required"]:
            raise ValueError(column["name"])
        return None
    if column["codes"]:
        return column["codes"].get(text, text)
    return TYPES.get(column["type"], str)(text)


def _day(text: str) -> date:
    for layout in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y年%m月%d日"):
        try:
            return datetime.strptime(text, layout).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    raise ValueError("no date")


def _month(text: str) -> date:
    return _day(text.replace("-", "").replace("/", "")[:6] + "01")


TYPES: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "decimal": Decimal,
    "amount": lambda text: Decimal(text.replace(",", "")),
    "date": _day,
    "month": _month,
    "timestamp": datetime.fromisoformat,
}
READERS: dict[str, Callable[[Row], Iterator[Row]]] = {
    "xlsx": workbook,
    "xml": document,
    "soap": answers,
    "fixed_width": fixed_width,
}

if __name__ == "__main__":
    main()
