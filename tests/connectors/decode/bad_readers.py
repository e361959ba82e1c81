"""Readers that end as no reader should. They run in the process that ``connectors.decode.apart`` starts."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from python_calamine import CalamineWorkbook

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk, empty_malformed


def one_chunk(table: Table, row_no: int) -> RawChunk:
    """A chunk of one row in which every value is somebody's name."""
    columns = {c.source: ["欧阳文"] for c in table.columns}
    return RawChunk(pl.DataFrame({**columns, "row_no": [row_no]}), empty_malformed(), excel=True)


def aborts(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    yield one_chunk(table, 1)
    os.abort()


def aborts_at_once(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    os.abort()
    yield one_chunk(table, 1)


def is_killed(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    yield one_chunk(table, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def faults(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    os.kill(os.getpid(), signal.SIGSEGV)
    yield one_chunk(table, 1)


def leaves(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    yield one_chunk(table, 1)
    os._exit(0)


def eats_memory(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    held = [bytearray(64 << 20) for _ in range(1 << 20)]
    yield one_chunk(table, len(held))


def lays_out_every_cell(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    """What the library of workbooks does where nobody looked at the sheet before."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(str(table.source.sheet)).to_python()
    yield one_chunk(table, len(rows))


def never_ends(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    yield one_chunk(table, 1)
    while True:
        pass


def sleeps(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    yield one_chunk(table, 1)
    signal.pause()


class Panic(BaseException):
    """What a library written in Rust raises: no Exception."""


def panics(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    yield one_chunk(table, 1)
    raise Panic("欧阳文 210102195001010016")


def raises(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    yield one_chunk(table, 1)
    raise KeyError("欧阳文 210102195001010016")


def prints(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    os.write(1, b"words of a library\n" * 1000)
    os.write(2, b"words of a library\n" * 1000)
    yield one_chunk(table, 1)


def tells_its_environment(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    names = sorted(os.environ)
    columns = {table.columns[0].source: names}
    yield RawChunk(pl.DataFrame({**columns, "row_no": range(1, len(names) + 1)}), empty_malformed())


def leaves_files(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    """Tells its number and its folder, in which a file is, and then does nothing."""
    folder = tempfile.mkdtemp()
    (Path(folder) / "copy").write_text("欧阳文", encoding="utf-8")
    columns = {table.columns[0].source: [str(os.getpid()), folder]}
    yield RawChunk(pl.DataFrame({**columns, "row_no": [1, 2]}), empty_malformed())
    signal.pause()
