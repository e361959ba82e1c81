"""Reads rows of a front-end database, landed as CSV with every value quoted and ``\\N`` for NULL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk
from connectors.decode.readers.blocks import BLOCK_BYTES
from connectors.decode.readers.delimited.pipe import read_delimited
from connectors.decode.readers.delimited.records import Layout

#: No limit of lines: the hub wrote the quotes itself, so a value may have any number.
_LANDED = Layout(
    delimiter=",",
    quoted=True,
    header=True,
    encoding="utf-8",
    null="\\N",
    longest=sys.maxsize,
    own=True,
)


def read_sql_rows(feed: Feed, table: Table, path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[RawChunk]:
    """Yields chunks of the landed rows."""
    return read_delimited(feed, table, path, _LANDED, block_bytes)
