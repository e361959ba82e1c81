"""Writes the sample of every feed: ``connectors/feeds/<domain>/<name>/sample/``.

    python -m tests.support.samples [feed_id ...]

A sample is a small landing file as the department sends it, the rows it must give (``expected.csv``) and
the rows that must be set aside (``expected_quarantine.csv``). The expectation is written from the clean
values, never from what the decoder says. A second table of a feed has ``expected_<table>.csv``.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from connectors.catalogue.load import feed_folder, load_catalogue
from tests.support.samples.rows import Row, Spelling, bad_rows, good_row

GOOD_ROWS = 5
BAD_ROWS = 3
_BAD_BYTE = "\ue000"  # stands for the byte 0xFF until the row is encoded
SUFFIXES = {
    "sql": ".csv",
    "csv": ".csv",
    "pipe": ".txt",
    "fixed_width": ".dat",
    "xlsx": ".xlsx",
    "xml": ".xml",
    "soap": ".jsonl",
    "json": ".jsonl",
}


def spelling_of(feed: Any, position: int) -> Spelling:
    kind = "sql" if feed.protocol == "sql" else "soap" if feed.protocol == "soap" else feed.format.kind
    encoding = "utf-8" if kind == "soap" else feed.encoding.replace("utf-8-sig", "utf-8")
    if kind == "fixed_width":
        day = "%Y%m%d"
    elif kind == "sql":
        day = ("iso", "%Y%m%d")[position % 2]
    else:
        day = ("%Y%m%d", "iso", "slash", "dot", "zh")[position % 5]
    return Spelling(kind, encoding, day, ("%Y%m", "%Y-%m")[position % 2])


def rows_of(feed: Any, table: Any, spelling: Spelling, position: int) -> list[Row]:
    """Good rows with the bad ones between them, so that row numbers are tested as well."""
    bad = bad_rows(feed, table, spelling, position, BAD_ROWS)
    rows = [good_row(feed, table, i, spelling) for i in range(GOOD_ROWS)]
    if "answer" not in {c.name for c in table.columns}:
        rows[4] = good_row(feed, table, 4, spelling)
    return [*rows[:2], *bad[:1], *rows[2:4], *bad[1:2], *rows[4:], *bad[2:]]


def write(feed: Any, position: int) -> None:
    folder = feed_folder(feed.feed_id) / "sample"
    folder.mkdir(exist_ok=True)
    spelling = spelling_of(feed, position)
    for number, table in enumerate(feed.tables):
        rows = rows_of(feed, table, spelling, position + number)
        suffix = SUFFIXES[spelling.kind]
        content = WRITERS[spelling.kind](feed, table, rows, spelling, position)
        (folder / f"{table.name}{suffix}").write_bytes(content)
        tail = "" if number == 0 else f"_{table.name}"
        good = [row.expected for row in rows if row.expected is not None]
        _table(folder / f"expected{tail}.csv", [c.name for c in table.columns], good)
        quarantine = [
            {"row_no": str(n), "column_name": row.problem[0], "reason_code": row.problem[1]}
            for n, row in enumerate(rows, start=1)
            if row.problem
        ]
        _table(
            folder / f"expected_quarantine{tail}.csv", ["row_no", "column_name", "reason_code"], quarantine
        )


def _table(path: Path, names: list[str], rows: list[dict[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def _damaged_cells(table: Any, row: Row) -> dict[str, str | None]:
    cells = dict(row.cells)
    if row.damage == "bytes" and row.problem:
        name = row.problem[0]
        cells[name] = (cells[name] or "")[:1] + _BAD_BYTE
    return cells


def _encoded(text: str, encoding: str) -> bytes:
    return b"\xff".join(part.encode(encoding) for part in text.split(_BAD_BYTE))


def write_csv(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    columns = list(table.columns)
    if position % 2:
        columns = columns[1:] + columns[:1]  # another order than declared
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([c.source for c in columns])
    for row in rows:
        cells = _damaged_cells(table, row)
        fields = [cells[c.name] or "" for c in columns]
        writer.writerow(fields[:-1] if row.damage == "short" else fields)
    bom = b"\xef\xbb\xbf" if feed.encoding == "utf-8-sig" else b""
    return bom + _encoded(out.getvalue(), spelling.encoding)


def write_pipe(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    lines = ["|".join(c.source for c in table.columns)] if feed.format.header else []
    for row in rows:
        fields = [value or "" for value in _damaged_cells(table, row).values()]
        lines.append("|".join(fields[:-1] if row.damage == "short" else fields))
    return _encoded("\n".join(lines) + "\n", spelling.encoding)


def write_fixed(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    lines = [b"H20200512" + feed.department_code.encode().ljust(20)]
    total = 0
    for row in rows:
        cells = _damaged_cells(table, row)
        total += int(cells[feed.format.trailer_total] or 0)
        line = b"D"
        for c in table.columns:
            line += _encoded(cells[c.name] or "", spelling.encoding).ljust(c.width)[: c.width]
        lines.append(line[:-8] if row.damage == "short" else line)
    lines.append(b"T%010d%018d" % (len(rows), total))
    return b"\r\n".join(lines) + b"\r\n"


def write_xlsx(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.properties.created = book.properties.modified = datetime(2020, 5, 5)
    book.remove(book["Sheet"])
    book.create_sheet("说明")["A1"] = "本表由业务系统导出"
    sheet = book.create_sheet(table.source.sheet)
    columns = list(table.columns)
    sheet["A1"] = f"{feed.name.zh}（2020年4月）"
    if table.source.header_row > 1:
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
    for at, c in enumerate(columns, start=1):
        sheet.cell(table.source.header_row, at, c.source)
    for line, row in enumerate(rows, start=table.source.header_row + 1):
        for at, c in enumerate(columns, start=1):
            sheet.cell(line, at, _cell(c, row, line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(column: Any, row: Row, line: int) -> Any:
    text = row.cells[column.name]
    if text is None:
        return None
    if row.damage == "number" and row.problem and column.name == row.problem[0]:
        return float(text)
    if column.type in ("amount", "integer"):
        return float(text.replace(",", ""))
    clean = (row.expected or {}).get(column.name)
    if column.type == "date" and clean:
        day = datetime.fromisoformat(clean)
        return day if line % 2 else (day - datetime(1899, 12, 30)).days
    return text


def _xml_row(table: Any, row: Row, tag: str) -> str:
    cells = _damaged_cells(table, row)
    inner = ""
    for c in table.columns:
        text = cells[c.name]
        inner += f"<{c.source}/>" if text is None else f"<{c.source}>{escape(text)}</{c.source}>"
    return f"<{tag}>{inner}</{tag}>"


def write_xml(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    items = "\n".join(_xml_row(table, row, feed.format.record) for row in rows)
    text = (
        f'<?xml version="1.0" encoding="{feed.encoding}"?>\n<resp><code>0000</code><msg/>'
        f"<total>{len(rows)}</total><list>\n{items}\n</list></resp>\n"
    )
    return _encoded(text, spelling.encoding)


def write_soap(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    def answer(part: list[Row]) -> str:
        total = f"<TOTAL>{len(rows)}</TOTAL>" if feed.mode == "snapshot" else ""
        inner = "".join(_xml_row(table, row, "ROW") for row in part)
        return (
            '<?xml version="1.0" encoding="GBK"?><RESULT><CODE>0000</CODE><MSG/>'
            f"{total}<ROWS>{inner}</ROWS></RESULT>"
        )

    parts = [rows[:4], rows[4:]] if feed.mode == "snapshot" else [[row] for row in rows]
    return "".join(json.dumps(answer(part), ensure_ascii=False) + "\n" for part in parts).encode()


def write_json(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    def page(number: int, part: list[Row]) -> str:
        data = {"total": len(rows), "pageNo": number, "rows": [_object(table, row) for row in part]}
        return json.dumps({"code": "0000", "msg": "", "data": data}, ensure_ascii=False)

    return "".join(page(n, part) + "\n" for n, part in ((1, rows[:5]), (2, rows[5:]))).encode()


def _object(table: Any, row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for c in table.columns:
        text = row.cells[c.name]
        plain = text is not None and text.replace(".", "", 1).isdigit()
        found[c.source] = float(text or 0) if plain and c.type in ("amount", "decimal") else text
    return found


def write_sql(feed: Any, table: Any, rows: list[Row], spelling: Spelling, position: int) -> bytes:
    names = [c.source for c in table.columns] + ["BZ"]  # a remark column nobody declared
    lines = [",".join(names)]
    for n, row in enumerate(rows):
        values = [*row.cells.values(), "导入" if n == 0 else None]
        lines.append(",".join("\\N" if v is None else '"' + v.replace('"', '""') + '"' for v in values))
    return ("\n".join(lines) + "\n").encode()


WRITERS: dict[str, Any] = {
    "csv": write_csv,
    "pipe": write_pipe,
    "fixed_width": write_fixed,
    "xlsx": write_xlsx,
    "xml": write_xml,
    "soap": write_soap,
    "json": write_json,
    "sql": write_sql,
}


if __name__ == "__main__":
    wanted = set(sys.argv[1:])
    for position, feed in enumerate(load_catalogue().values()):
        if not wanted or feed.feed_id in wanted:
            write(feed, position)
