"""Which rows each department damages on the way. The damage itself is done when a row is rendered."""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.catalogue import Feed, Table
from connectors.sandbox.city.people import City

#: Harmless damage and its rate among the rows it can strike (dossier, section 8).
_HARMLESS = {
    "id_15": 0.003,
    "id_lower_x": 0.05,
    "id_full_width": 0.001,
    "id_blank_padded": 0.002,
    "name_dot_variant": 0.5,
    "duplicate_row": 0.002,
}
_TEXT_ONLY = {"id_excel_text": 0.002, "id_apostrophe": 0.002}
#: Every kind of damage after which a row still says what it said.
HARMLESS = frozenset(_HARMLESS) | frozenset(_TEXT_ONLY)
#: Damage that makes a row unusable: only on extra copies of rows nothing depends on.
_FATAL_ID = (
    "id_check_digit",
    "id_scientific",
    "id_missing",
    "id_bad_date",
    "id_short",
    "id_zeros",
    "test_row",
    "name_blank",
    "control_char",
)
_FATAL_SHARE = 0.002


def fatal_kinds(feed: Feed, table: Table) -> list[str]:
    """The kinds of fatal damage this table's form can show."""
    names = {c.name: c for c in table.columns}
    person = [c for c in table.columns if c.type == "name" and c.required]
    kinds = [k for k in _FATAL_ID if "id_number" in names and (person or not k.startswith(("name", "test")))]
    if any(c.type == "date" and c.required for c in table.columns):
        kinds.append("date_bad")
    if any(c.type == "code" and c.required and c.name not in ("operation", "answer") for c in table.columns):
        kinds.append("code_unknown")
    if any(c.type == "amount" and c.required for c in table.columns):
        kinds += ["amount_negative", "amount_text"]
    if {"start_date", "stop_date"} <= set(names) or {"sentence_start", "sentence_end"} <= set(names):
        kinds.append("period_reversed")
    if any(c.type == "uscc" and c.required for c in table.columns):
        kinds.append("uscc_bad")
    text_file = feed.format is not None and feed.format.kind in ("csv", "pipe")
    if text_file:
        kinds.append("row_short")
    if text_file and feed.encoding in ("gbk", "gb18030"):
        kinds.append("bad_bytes")
    return kinds


def damaged(city: City, feed: Feed, table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The table with harmless damage on its rows and unusable copies of a few of them."""
    rng = city.rng(f"damage {feed.feed_id} {table.name}")
    out = _harmless(feed, table, frame, rng)
    if feed.mode == "query_reply":
        return out  # a reply holds one line per person asked: an unusable copy would be a second answer
    kinds = fatal_kinds(feed, table)
    if not kinds or frame.height < 4:
        return out
    n = max(len(kinds) if frame.height > 200 else 1, round(frame.height * _FATAL_SHARE))
    rows = frame[rng.permutation(frame.height)[np.arange(n) % frame.height]]
    rows = rows.with_columns(pl.Series("_defect", [kinds[i % len(kinds)] for i in range(n)]))
    base = city.people.filter(pl.col("cohort").cast(pl.String) == "other").head(1)
    keys = [k for k in table.key if table.column(k).type == "text"]
    rows = rows.with_columns(
        *(pl.Series(k, [f"ZZ{i:06d}" for i in range(n)]) for k in keys),
        *(
            pl.lit(base["id_number"][0]).alias(c.name)
            for c in table.columns
            if c.type == "id_number" and c.required
        ),
        *(
            pl.lit(base["id_number"][0] + "41").alias(c.name)
            for c in table.columns
            if c.type == "certificate_no"
        ),
        *(pl.lit("insert").alias("operation") for c in table.columns if c.name == "operation"),
    )
    return pl.concat([out, rows.select(out.columns)])


def _harmless(feed: Feed, table: Table, frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    ids = [c.name for c in table.columns if c.type == "id_number" and c.required]
    names = [c.name for c in table.columns if c.type == "name" and c.required]
    if not ids or not names:
        return frame
    number, name = pl.col(ids[0]), pl.col(names[0])
    can = {
        "id_15": number.str.slice(6, 2) == "19",
        "id_lower_x": number.str.ends_with("X"),
        "name_dot_variant": name.str.contains("·", literal=True) & pl.lit(feed.encoding not in ("gbk",)),
    }
    rates = dict(_HARMLESS)
    if feed.mode == "query_reply":
        rates.pop("duplicate_row")
    if feed.format is not None and feed.format.kind == "csv":
        rates |= _TEXT_ONLY
    defect = pl.lit(None, dtype=pl.String)
    draw = pl.Series(rng.random(frame.height))
    low = 0.0
    for kind, rate in rates.items():
        inside = (pl.lit(draw) >= low) & (pl.lit(draw) < low + rate) & can.get(kind, pl.lit(True))
        defect = pl.when(inside).then(pl.lit(kind)).otherwise(defect)
        low += rate
    return frame.with_columns(
        pl.when(pl.col("_defect").is_null()).then(defect).otherwise(pl.col("_defect")).alias("_defect")
    )
