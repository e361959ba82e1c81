"""A city of a few people, clean rows for every declared table, without the real generator."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from connectors.catalogue.column import Column
from connectors.catalogue.load import load_catalogue
from connectors.catalogue.model import Feed, Table

DAY = date(2020, 5, 12)
ROWS = 30
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_NAMES = ("王芳", "李建国", "欧阳明", "阿布都拉·买买提", "张䶮", "赵𬭎", "孙丽", "周转")
_TYPES: dict[str, Any] = {
    "integer": pl.Int32,
    "decimal": pl.Decimal(12, 4),
    "amount": pl.Decimal(14, 2),
    "date": pl.Date,
    "month": pl.Date,
    "timestamp": pl.Datetime("us"),
    "flag": pl.Boolean,
}


def number_of(i: int, *, year: int = 1950) -> str:
    body = f"2101{2 + i % 3:02d}{year + i % 40}{1 + i % 12:02d}{1 + i % 28:02d}{i % 1000:03d}"
    total = sum(int(c) * w for c, w in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def name_of(i: int) -> str:
    return _NAMES[i % len(_NAMES)]


def uscc_of(i: int) -> str:
    body = f"91210100MA{i:07d}"
    total = sum(_USCC.index(c) * pow(3, n, 31) for n, c in enumerate(body))
    return body + _USCC[(31 - total % 31) % 31]


def value_of(feed: Feed, column: Column, i: int) -> Any:
    if column.name == "certificate_no" and column.type == "certificate_no":
        return f"{number_of(i)}{1 + i % 7}{1 + i % 4}"
    if column.type == "date":
        start = date(2015, 1, 1) + timedelta(days=i * 7)
        late = column.name.endswith(("_until", "_end", "stop_date", "released_on", "_out_on", "ed_on"))
        return start + timedelta(days=400) if late else start
    values: dict[str, Any] = {
        "id_number": number_of(i),
        "name": name_of(i),
        "uscc": uscc_of(i),
        "account": f"****{i:04d}",
        "region": f"2101{2 + i % 3:02d}000000" if i % 2 else f"2101{2 + i % 3:02d}001002",
        "code": list((column.codes or {"": ""}).values())[i % len(set((column.codes or {"": ""}).values()))],
        "flag": i % 2 == 0,
        "integer": i,
        "decimal": Decimal(i) / 4 + 1,
        "amount": Decimal(100 * i + i % 100) / 100 + 1,
        "month": date(2019, 1 + i % 12, 1),
        "timestamp": datetime(2020, 5, 1, 8, 0, 0) + timedelta(hours=i),
        "text": f"文字{i}",
    }
    return values[column.type]


def rows_of(feed: Feed, table: Table, rows: int = ROWS) -> pl.DataFrame:
    data = {
        c.name: pl.Series([value_of(feed, c, i) for i in range(rows)], dtype=_TYPES.get(c.type, pl.String))
        for c in table.columns
    }
    frame = pl.DataFrame(data)
    for name in ("operation",):
        if name in frame.columns:
            frame = frame.with_columns(pl.lit("insert").alias(name))
    return frame.with_columns(
        pl.lit(date(2020, 5, 1)).alias("_published_on"),
        pl.lit(None, dtype=pl.Date).alias("_withdrawn_on"),
        pl.lit(None, dtype=pl.String).alias("_defect"),
    )


def with_defects(frame: pl.DataFrame, defects: list[str]) -> pl.DataFrame:
    """The last rows carry one defect each."""
    names = [None] * (frame.height - len(defects)) + defects
    return frame.with_columns(pl.Series("_defect", names, dtype=pl.String))


def build(home: Path, defects: dict[str, list[str]] | None = None) -> Path:
    """Writes every table; ``defects`` by feed id. Returns the city's folder."""
    city = home / "sandbox" / "small"
    for feed in load_catalogue().values():
        for table in feed.tables:
            frame = rows_of(feed, table)
            frame = with_defects(frame, (defects or {}).get(feed.feed_id, []))
            path = city / "feeds" / feed.feed_id / f"{table.name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.write_parquet(path)
    return city


def through_encoding(feed: Feed, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as the hub must have them: rare characters of names are lost where a department keeps GBK."""
    if feed.encoding != "gbk":
        return rows
    names = [c.name for c in table.columns if c.type == "name"]
    return rows.with_columns(
        pl.col(name).map_elements(lambda v: v.encode("gbk", "replace").decode("gbk"), return_dtype=pl.String)
        for name in names
    )
