"""Validates rows of a delivery again, with values a person corrected in place of the received ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from connectors.catalogue.model import Feed, Table
from connectors.decode.pipeline import read_part
from connectors.decode.raw import RawChunk, empty_malformed
from connectors.decode.row_validation import validate
from connectors.decode.text import DecodeContext
from connectors.delivery import DecodedChunk, Delivery

#: Per row number: our column name -> the corrected value, written as the department writes it.
Changes = Mapping[int, Mapping[str, str | None]]


def rejudge(
    feed: Feed, delivery: Delivery, table: Table, changes: Changes, account_key: bytes | None = None
) -> DecodedChunk:
    """Returns the rows named by ``changes``, corrected and typed by the same rules as all others.

    A row that could not be cut into columns has only what ``changes`` says. A row that the delivery does not
    have is left out.
    """
    frame, excel, exponents = _rows_of(feed, delivery, table, set(changes))
    corrected = _corrected(frame, table, changes)
    return validate(
        RawChunk(corrected, empty_malformed(), excel=excel, exponents=exponents),
        table,
        DecodeContext(delivery.as_of, excel, exponents, account_key),
    )


def _rows_of(
    feed: Feed, delivery: Delivery, table: Table, wanted: set[int]
) -> tuple[pl.DataFrame, bool, bool]:
    found: list[pl.DataFrame] = []
    excel = exponents = False
    for part in delivery.parts:
        if part.table != table.name:
            continue
        for raw in read_part(feed, table, part):
            excel, exponents = excel or raw.excel, exponents or raw.exponents
            found += [_only(raw.frame, wanted), _only(raw.malformed, wanted).select("row_no")]
    return pl.concat([_empty(table), *found], how="diagonal"), excel, exponents


def _only(frame: pl.DataFrame, wanted: Iterable[int]) -> pl.DataFrame:
    return frame.filter(pl.col("row_no").is_in(list(wanted)))


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={"row_no": pl.Int64(), **{c.source: pl.String() for c in table.columns}})


def _corrected(frame: pl.DataFrame, table: Table, changes: Changes) -> pl.DataFrame:
    rows = frame.sort("row_no").to_dicts()
    for row in rows:
        for name, value in changes[row["row_no"]].items():
            row[table.column(name).source] = value
    return pl.DataFrame(rows, schema=frame.schema)
