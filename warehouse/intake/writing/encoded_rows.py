"""Prepares decoded rows for the database: typed, digested and written in COPY's format.

Nothing here asks the database, so it is done while the database is busy with the chunk before.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np
import polars as pl

from connectors.catalogue import Feed, Table
from connectors.delivery import DecodedChunk
from warehouse.errors import LoadFailed
from warehouse.intake.writing.copy_stream import CopyStream, RowEncoder
from warehouse.intake.writing.quarantine_rows import without_nul
from warehouse.intake.writing.row_digests import Digests, row_digests
from warehouse.intake.writing.seen import Hashes

_ORIGIN = ("row_no", "as_received", "extra")
#: How the types of raw columns are held here.
_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "boolean": pl.Boolean(),
    "integer": pl.Int32(),
    "numeric(12,4)": pl.Decimal(12, 4),
    "numeric(14,2)": pl.Decimal(14, 2),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
}


@dataclass(frozen=True)
class EncodedRows:
    """The good rows of a chunk. ``stream`` fills a raw table.

    ``digests``: those of the rows. ``keys``: hashes of their declared keys, of rows that have all of it.
    """

    stream: CopyStream
    digests: Digests
    keys: pl.Series

    def __len__(self) -> int:
        return len(self.stream)

    @property
    def hashes(self) -> Hashes:
        """Returns the first half of each digest."""
        return self.digests[:, :8].copy().view(np.uint64).ravel()


def encode_rows(feed: Feed, batch: uuid.UUID, chunk: DecodedChunk) -> EncodedRows:
    """Prepares the good rows of a chunk for batch ``batch``.

    Raises ``LoadFailed`` if the decoder lost count of its rows or left out a column.
    """
    table, good, bad = feed.table(chunk.table), chunk.good, chunk.quarantined
    if chunk.received != good.height + bad.height:
        raise LoadFailed(
            feed.feed_id,
            f"table {chunk.table}: {chunk.received} rows received, but {good.height} good "
            f"and {bad.height} set aside: the decoder lost count",
        )
    names = [column.name for column in table.stored]
    missing = [name for name in (*names, *_ORIGIN) if name not in good.columns]
    if missing:
        raise LoadFailed(feed.feed_id, f"table {table.name}: the decoder left out {missing}")
    rows = good.select(pl.col(c.name).cast(_TYPES[c.sql_type]) for c in table.stored)
    digests = row_digests(rows)
    encoder = RowEncoder(good.height, len(names) + 5)
    for values in rows:
        encoder.add(values)
    encoder.add_uuids("batch_id", np.frombuffer(batch.bytes, dtype=np.uint8))
    encoder.add(good["row_no"].cast(pl.Int64))
    encoder.add_uuids("row_digest", digests)
    for values in good.select(without_nul("as_received", "extra")):
        encoder.add_json(values)
    return EncodedRows(encoder.finish(), digests, _key_hashes(rows, table))


def _key_hashes(rows: pl.DataFrame, table: Table) -> pl.Series:
    """Returns a hash of each row's key, null where a part of the key is missing."""
    keys = rows.select(table.key)
    whole = keys.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
    return keys.hash_rows().zip_with(whole, pl.Series([None], dtype=pl.UInt64).new_from_index(0, len(whole)))
