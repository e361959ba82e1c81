"""Writes rows in PostgreSQL's binary COPY format, column by column.

The server parses neither text nor numbers then. A row is a run of fields, each with its length before it.
Parts of equal length in all rows are put side by side as arrays; texts are joined to them in one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

Bytes = npt.NDArray[np.uint8]

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = -1
#: PostgreSQL counts from 2000-01-01.
_EPOCH_DAYS = 10_957
_EPOCH_US = _EPOCH_DAYS * 86_400_000_000
#: A decimal is kept in digits of base 10,000: one behind the point, and as many before as 64 bits need.
_DECIMAL_SCALE = 4
_DIGITS = 5
_BASE = 10_000
_NEGATIVE = 0x4000
_JSONB_VERSION = "\x01"
_BLOCK = 1 << 18


class CopyStream:
    """Rows of one table in COPY's format, ready to be sent whole or in part."""

    def __init__(self, columns: Sequence[str], rows: Any) -> None:
        self.columns = columns
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def only(self, chosen: npt.NDArray[np.bool_]) -> CopyStream:
        """Returns the chosen rows."""
        return self if chosen.all() else CopyStream(self.columns, self._rows.filter(pa.array(chosen)))

    def send(self, cursor: Cursor, target: sql.Identifier) -> None:
        """Copies the rows into a table."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(target, columns)
        parts = _File((_SIGNATURE, _bytes_of(self._rows), _END))
        cursor.copy_expert(statement, parts, size=_BLOCK)  # type: ignore[arg-type] # the stubs want readline


class _File:
    """Reads parts one after the other, as ``copy_expert`` wants it, without putting them together."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = [memoryview(part) for part in reversed(parts)]

    def read(self, size: int) -> bytes:
        while self._parts and not len(self._parts[-1]):
            self._parts.pop()
        if not self._parts:
            return b""
        block, self._parts[-1] = self._parts[-1][:size], self._parts[-1][size:]
        return bytes(block)


class RowEncoder:
    """Takes the columns of a table one by one and writes its rows."""

    def __init__(self, height: int, fields: int) -> None:
        self._height = height
        self._parts: list[Any] = []
        self._fixed: list[Bytes] = []
        self._columns: list[str] = []
        self._add_fixed(_constant(fields.to_bytes(2, "big"), height))

    def add(self, values: pl.Series) -> None:
        """Adds a column of a declared type: text, flag, integer, decimal, date or time."""
        self._columns.append(values.name)
        if values.dtype == pl.String:
            self._add_text(values)
        elif values.null_count():
            self._add_some(values)
        else:
            self._add_sized(_encoded(values))

    def add_json(self, values: pl.Series) -> None:
        """Adds a column of JSON texts, for ``jsonb``."""
        self._columns.append(values.name)
        if values.null_count() == self._height:
            self._add_fixed(_lengths(np.full(self._height, _NULL)))
        else:
            self._add_text(_JSONB_VERSION + values)

    def add_uuids(self, name: str, uuids: Bytes) -> None:
        """Adds a column of UUIDs, 16 bytes each; one row of them stands for all."""
        self._columns.append(name)
        self._add_sized(np.broadcast_to(uuids, (self._height, 16)))

    def finish(self) -> CopyStream:
        """Returns the rows."""
        self._flush()
        nothing = pa.scalar(b"", pa.large_binary())
        rows = pc.binary_join_element_wise(
            *self._parts, nothing, null_handling="replace", null_replacement=""
        )
        return CopyStream(self._columns, rows)

    def _add_sized(self, values: Bytes) -> None:
        self._add_fixed(_lengths(np.full(self._height, values.shape[1])))
        self._add_fixed(values)

    def _add_text(self, values: pl.Series) -> None:
        array = _arrow(values)
        lengths = values.str.len_bytes().cast(pl.Int32).fill_null(_NULL).to_numpy()
        self._add_fixed(_lengths(lengths))
        self._flush()
        self._parts.append(array.cast(pa.large_binary()))

    def _add_some(self, values: pl.Series) -> None:
        """Adds values of equal length, some of which are null and have no bytes at all."""
        there = values.is_not_null().to_numpy()
        encoded = _encoded(values.drop_nulls())
        width = encoded.shape[1]
        self._add_fixed(_lengths(np.where(there, width, _NULL)))
        self._flush()
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(there * np.int64(width))])
        self._parts.append(_binary(ends, encoded))

    def _add_fixed(self, part: Bytes) -> None:
        self._fixed.append(part)

    def _flush(self) -> None:
        """Joins the parts of equal length that stand side by side."""
        if not self._fixed:
            return
        side_by_side = np.concatenate(self._fixed, axis=1)
        self._fixed = []
        width = side_by_side.shape[1]
        self._parts.append(_binary(np.arange(self._height + 1, dtype=np.int64) * width, side_by_side))


def _encoded(values: pl.Series) -> Bytes:
    """Returns values without nulls as the server keeps them, one row of bytes each."""
    kind = values.dtype
    if kind == pl.Boolean:
        return values.cast(pl.UInt8).to_numpy().reshape(-1, 1)
    if kind == pl.Date:
        return _big_endian(values.to_physical().to_numpy() - _EPOCH_DAYS, ">i4")
    if kind == pl.Datetime:
        return _big_endian(values.cast(pl.Datetime("us")).to_physical().to_numpy() - _EPOCH_US, ">i8")
    if kind == pl.Int32:
        return _big_endian(values.to_numpy(), ">i4")
    if kind == pl.Int64:
        return _big_endian(values.to_numpy(), ">i8")
    if isinstance(kind, pl.Decimal):
        return _decimals(values, kind.scale)
    raise TypeError(f"no COPY format for values of type {kind}")


def _decimals(values: pl.Series, scale: int) -> Bytes:
    """Returns decimals in the format of ``numeric``; the server takes zeros off both ends itself."""
    wide = values.cast(pl.Decimal(38, _DECIMAL_SCALE)).to_physical().cast(pl.Int64).to_numpy()
    words = np.empty((len(wide), 4 + _DIGITS), dtype=">i2")
    words[:, 0] = _DIGITS
    words[:, 1] = _DIGITS - 2  # the weight of the first digit
    words[:, 2] = np.where(wide < 0, _NEGATIVE, 0)
    words[:, 3] = scale
    rest = np.abs(wide)
    for place in range(_DIGITS):
        words[:, -1 - place] = rest % _BASE
        rest = rest // _BASE
    return words.view(np.uint8).reshape(len(wide), words.shape[1] * words.itemsize)


def _big_endian(numbers: npt.NDArray[Any], kind: str) -> Bytes:
    ordered = np.ascontiguousarray(numbers.astype(kind))
    return ordered.view(np.uint8).reshape(len(numbers), ordered.itemsize)


def _lengths(lengths: npt.NDArray[Any]) -> Bytes:
    return _big_endian(lengths, ">i4")


def _constant(value: bytes, height: int) -> Bytes:
    return np.broadcast_to(np.frombuffer(value, dtype=np.uint8), (height, len(value)))


def _arrow(values: pl.Series) -> Any:
    return values.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())


def _binary(ends: npt.NDArray[np.int64], data: Bytes) -> Any:
    """Returns an Arrow array of byte strings over ``data``, which is not copied."""
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.large_binary(), len(ends) - 1, buffers)


def _bytes_of(rows: Any) -> memoryview:
    """Returns the bytes of all rows, which lie one behind the other."""
    ends = np.frombuffer(rows.buffers()[1], dtype=np.int64)[rows.offset : rows.offset + len(rows) + 1]
    return memoryview(rows.buffers()[2])[int(ends[0]) : int(ends[-1])]
