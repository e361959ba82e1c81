"""Chunks from records that name their columns (JSON objects, XML elements)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk, no_malformed
from connectors.decode.readers.header import check_columns, declared_names, kept_as

_BATCH = 20_000

Record = dict[str, str | None]


def chunks(feed: Feed, table: Table, records: Iterable[Record]) -> Iterator[RawChunk]:
    """Chunks of at most 20,000 records, numbered from 1 in their order.

    Raises ``BatchRejected`` if no record of a chunk has a required column at all (it was renamed).
    """
    batch: list[Record] = []
    before = 0
    for record in records:
        batch.append(record)
        if len(batch) == _BATCH:
            yield _chunk(feed, table, batch, before)
            before += len(batch)
            batch = []
    if batch:
        yield _chunk(feed, table, batch, before)


def _chunk(feed: Feed, table: Table, batch: list[Record], before: int) -> RawChunk:
    names: dict[str, None] = {}
    for record in batch:
        names.update(dict.fromkeys(record))
    settled = declared_names(table, list(names))
    if len(set(settled)) < len(settled):
        settled = list(names)
    check_columns(feed, table, settled)
    data = {
        kept_as(shown): pl.Series([record.get(name) for record in batch], dtype=pl.String)
        for name, shown in zip(names, settled, strict=True)
    }
    row_no = pl.int_range(before + 1, before + len(batch) + 1, dtype=pl.Int64, eager=True)
    frame = pl.DataFrame(data).with_columns(row_no.alias("row_no"))
    return RawChunk(frame, no_malformed(), exponents=True)
