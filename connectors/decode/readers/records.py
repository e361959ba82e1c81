"""Builds chunks from records that name their columns (JSON objects, XML elements)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk, empty_malformed, malformed_rows
from connectors.decode.readers.header import check_columns, chunk_column_name, declared_names

_BATCH = 20_000

Record = dict[str, str | None]


@dataclass(frozen=True)
class NoRecord:
    """What stands in the place of a record: the row is set aside."""

    message: str
    text: str


def chunks(feed: Feed, table: Table, records: Iterable[Record | NoRecord]) -> Iterator[RawChunk]:
    """Yields chunks of at most 20,000 records, numbered from 1 in their order.

    Raises ``BatchRejected`` if no record of a chunk has a required column at all (it was renamed).
    """
    batch: list[Record | NoRecord] = []
    before = 0
    for record in records:
        batch.append(record)
        if len(batch) == _BATCH:
            yield _chunk(feed, table, batch, before)
            before += len(batch)
            batch = []
    if batch:
        yield _chunk(feed, table, batch, before)


def _chunk(feed: Feed, table: Table, batch: list[Record | NoRecord], before: int) -> RawChunk:
    numbered = list(enumerate(batch, start=before + 1))
    rows = [(number, record) for number, record in numbered if not isinstance(record, NoRecord)]
    wrong = [(n, record.message, record.text) for n, record in numbered if isinstance(record, NoRecord)]
    names: dict[str, None] = {}
    for _, record in rows:
        names.update(dict.fromkeys(record))
    settled = declared_names(table, list(names))
    if len(set(settled)) < len(settled):
        settled = list(names)
    if rows:
        check_columns(feed, table, settled)
    data = {
        chunk_column_name(shown): pl.Series([record.get(name) for _, record in rows], dtype=pl.String)
        for name, shown in zip(names, settled, strict=True)
    }
    row_no = pl.Series("row_no", [number for number, _ in rows], dtype=pl.Int64)
    frame = pl.DataFrame(data).with_columns(row_no)
    return RawChunk(frame, malformed_rows(wrong) if wrong else empty_malformed(), exponents=True)
