"""Defines what a reader hands to the cleaners."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

#: Rows in one chunk at most; bounds the memory of everything behind the readers.
CHUNK_ROWS = 100_000

MALFORMED_SCHEMA: dict[str, pl.DataType] = {
    "row_no": pl.Int64(),
    "message": pl.String(),
    "text": pl.String(),
}


def empty_malformed() -> pl.DataFrame:
    """Returns no malformed rows."""
    return pl.DataFrame(schema=MALFORMED_SCHEMA)


def malformed_rows(rows: list[tuple[int, str, str]]) -> pl.DataFrame:
    """Builds the frame of rows that could not be cut into columns: (row_no, message, text as received)."""
    return pl.DataFrame(rows, schema=MALFORMED_SCHEMA, orient="row")


@dataclass
class RawChunk:
    """Rows cut into columns.

    ``frame`` has ``row_no`` (Int64, 1-based within the part) and one String column per source column.
    ``malformed`` are the rows that could not be cut (columns row_no, message, text).
    ``suspect`` False promises that no value holds U+FFFD or a control character.
    ``excel`` True means that dates may be serial numbers.
    ``exponents`` True means that a program wrote the numbers: one with an exponent has all its digits.
    """

    frame: pl.DataFrame
    malformed: pl.DataFrame
    suspect: bool = True
    excel: bool = False
    exponents: bool = False


def split_chunk(chunk: RawChunk) -> list[RawChunk]:
    """Splits a chunk into pieces of at most ``CHUNK_ROWS``; malformed rows go with the piece they lie in."""
    if chunk.frame.height + chunk.malformed.height <= CHUNK_ROWS:
        return [chunk]
    first = min(_first(chunk.frame), _first(chunk.malformed))
    last = max(_last(chunk.frame), _last(chunk.malformed))
    pieces = []
    for start in range(first, last + 1, CHUNK_ROWS):
        inside = pl.col("row_no").is_between(start, start + CHUNK_ROWS - 1)
        piece = replace(chunk, frame=chunk.frame.filter(inside), malformed=chunk.malformed.filter(inside))
        pieces.append(piece)
    return pieces


def _first(frame: pl.DataFrame) -> int:
    return int(frame["row_no"][0]) if frame.height else 2**62


def _last(frame: pl.DataFrame) -> int:
    return int(frame["row_no"][-1]) if frame.height else 0
