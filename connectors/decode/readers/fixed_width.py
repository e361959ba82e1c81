"""Reads bank replies in fixed byte widths: ``H`` header, ``D`` details, ``T`` trailer with count and total in
fen.

Widths count GBK bytes, so columns are cut from the bytes and only then decoded, a whole column at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.catalogue.model import Feed, Table
from connectors.decode.characters import UNKNOWN_BYTES
from connectors.decode.raw import RawChunk, malformed_rows
from connectors.decode.readers.blocks import BLOCK_BYTES, byte_blocks, refuse_utf8
from connectors.decode.text import SENTINEL
from connectors.errors import BatchRejected

_HEADER = re.compile(rb"H[0-9]{8}")
_TRAILER = re.compile(rb"T([0-9]{10})([+-]?[0-9]{17,18})\s*")
#: What may stand behind the trailer: blanks, and the mark of DOS for the end of a file.
_PADDING = b" \t\x1a"


@dataclass
class _State:
    """Counts and sums that must agree at the end of the file."""

    rows: int = 0
    details: int = 0
    total_fen: int = 0
    total_known: bool = True
    header_seen: bool = False
    trailer: tuple[int, int] | None = None


def read_fixed_width(
    feed: Feed, table: Table, path: Path, block_bytes: int = BLOCK_BYTES
) -> Iterator[RawChunk]:
    """Yields chunks of the detail lines. Raises ``BatchRejected`` at the end if count or total disagree.

    The total is compared only if every detail line could be cut and its amount read: a malformed row must not
    also hold the whole batch.
    """
    state = _State()
    width = 1 + sum(c.width or 0 for c in table.columns)
    for block in byte_blocks(path, feed.feed_id, block_bytes):
        if not state.header_seen:
            refuse_utf8(block, feed.encoding, path.name, feed.feed_id)
        details, malformed = _sorted_lines(feed, path, state, block, width)
        if details or malformed:
            yield _chunk(feed, table, state, details, malformed, width)
    _check_end(feed, path, state)


def _sorted_lines(
    feed: Feed, path: Path, state: _State, block: bytes, width: int
) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
    details: list[tuple[int, bytes]] = []
    malformed: list[tuple[int, bytes]] = []
    for line in block.split(b"\n"):
        line = line.rstrip(b"\r")
        if not line:
            continue
        if not state.header_seen:
            if not _HEADER.match(line):
                raise BatchRejected(
                    feed.feed_id, f"{path.name}: first line is no header H + yyyymmdd; ask for it again"
                )
            state.header_seen = True
            continue
        if state.trailer is not None:
            if not line.strip(_PADDING):
                continue
            raise BatchRejected(feed.feed_id, f"{path.name}: lines after the trailer; ask for it again")
        if line[:1] == b"T":
            state.trailer = _trailer(feed, path, line)
            continue
        state.rows += 1
        state.details += line[:1] == b"D"
        fits = len(line) == width and line[:1] == b"D"
        (details if fits else malformed).append((state.rows, line))
    return details, malformed


def _trailer(feed: Feed, path: Path, line: bytes) -> tuple[int, int]:
    found = _TRAILER.fullmatch(line)
    if not found:
        raise BatchRejected(
            feed.feed_id,
            f"{path.name}: trailer is not T + count of 10 + total of 18 digits; ask for it again",
        )
    return int(found[1]), int(found[2])


def _chunk(
    feed: Feed,
    table: Table,
    state: _State,
    details: list[tuple[int, bytes]],
    malformed: list[tuple[int, bytes]],
    width: int,
) -> RawChunk:
    matrix = np.frombuffer(b"".join(line for _, line in details), dtype=np.uint8).reshape(-1, width)
    columns: dict[str, pl.Series] = {"row_no": pl.Series([n for n, _ in details], dtype=pl.Int64)}
    start = 1
    for column in table.columns:
        stop = start + (column.width or 0)
        columns[column.source] = _decoded(matrix[:, start:stop], feed.encoding)
        start = stop
    if malformed:
        state.total_known = False
    _add_total(feed, table, state, columns)
    bad = [
        (
            number,
            f"found a line of {len(line)} bytes, expected D and {width - 1} bytes",
            line.decode(feed.encoding, "replace"),
        )
        for number, line in malformed
    ]
    return RawChunk(pl.DataFrame(columns), malformed_rows(bad))


def _decoded(cells: npt.NDArray[np.uint8], encoding: str) -> pl.Series:
    """Returns a column's bytes, shape (rows, width), as text. A character cut in two becomes U+FFFD."""
    rows = len(cells)
    if not rows:
        return pl.Series([], dtype=pl.String)
    lines = np.concatenate([cells, np.full((rows, 1), 10, dtype=np.uint8)], axis=1).tobytes()
    try:
        text = lines.decode(encoding)
    except UnicodeDecodeError:
        text = lines.decode(encoding, UNKNOWN_BYTES)
    text = text.replace("\r", SENTINEL)  # inside a line it is no line end
    return pl.Series(text.split("\n")[:rows], dtype=pl.String)


def _add_total(feed: Feed, table: Table, state: _State, columns: dict[str, pl.Series]) -> None:
    name = feed.format.trailer_total if feed.format else None
    if name is None:
        state.total_known = False
        return
    texts = columns[table.column(name).source].str.strip_chars()
    texts = texts.filter(texts != "")
    amounts = texts.cast(pl.Int64, strict=False)
    state.total_known &= amounts.null_count() == 0
    state.total_fen += int(amounts.sum() or 0)


def _check_end(feed: Feed, path: Path, state: _State) -> None:
    if state.trailer is None:
        raise BatchRejected(
            feed.feed_id, f"{path.name}: no trailer; the file was cut off on its way; ask for it again"
        )
    count, total = state.trailer
    if count != state.details:
        raise BatchRejected(
            feed.feed_id,
            f"{path.name}: trailer announces {count} rows, the file has {state.details}; ask for it again",
        )
    if state.total_known and total != state.total_fen:
        raise BatchRejected(
            feed.feed_id,
            f"{path.name}: trailer announces {total} fen, the rows add up to {state.total_fen}; "
            "ask for it again",
        )
