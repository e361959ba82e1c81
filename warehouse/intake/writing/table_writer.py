"""Fills a raw table: one write for a row that is new, and a closer look at one that may be here already.

A row is told by its digest. A unique index has the last word, so what is taken for new by mistake ends the
transaction and is never kept twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from connectors.catalogue import Feed, Table
from warehouse.intake.shared_rows import transfer_rows
from warehouse.intake.writing import late_indexes
from warehouse.intake.writing.encoded_rows import EncodedRows
from warehouse.intake.writing.row_digests import Digests
from warehouse.intake.writing.seen import Seen
from warehouse.store.raw_tables import is_cumulative

#: A delivery of fewer bytes gains nothing from indexes that are made afterwards.
LARGE_BYTES = 8 << 20


@dataclass
class Counts:
    """Row counts of one batch. They balance by construction, and the database checks them again."""

    received: int = 0
    loaded: int = 0
    duplicate: int = 0
    quarantined: int = 0


class TableWriter:
    """Writes the rows of one batch into one raw table; ``finish`` has to be called at the end.

    Rows that ``transferable`` batches hold already change over to ``batch`` (see ``shared_rows``).
    ``size``: the bytes that are to come.
    """

    def __init__(
        self,
        cursor: Cursor,
        feed: Feed,
        table: Table,
        batch: uuid.UUID,
        transferable: Sequence[uuid.UUID] = (),
        size: int = 0,
    ) -> None:
        self._cursor = cursor
        self._name = feed.raw_table(table)
        self._raw = sql.Identifier("raw", self._name)
        self._batch = batch
        self._transferable = transferable
        self._scope = sql.SQL("true" if is_cumulative(feed.mode) else "batch_id = {}").format(
            sql.Literal(str(batch))
        )
        self._indexes = late_indexes.take_off(cursor, self._raw) if size >= LARGE_BYTES else []
        #: None: the table holds rows that may come again, so it is asked about every row.
        self._digests = None if self._has_rows() else Seen()
        self._keys = None if is_cumulative(feed.mode) else Seen()
        self._stage: sql.Identifier | None = None
        self._is_waiting = False
        #: Whether two rows of the batch may have the same declared key. False is certain.
        self.keys_may_repeat = self._digests is None

    def write(self, rows: EncodedRows) -> int:
        """Writes the good rows of one chunk; returns how many are loaded by now."""
        if not len(rows):
            return 0
        known, doubtful = self._known(rows)
        new = ~(known | doubtful)
        self._note_keys(rows.keys.filter(pl.Series(new)))
        if new.any():
            rows.stream.only(new).send(self._cursor, self._raw)
        if doubtful.any():
            rows.stream.only(doubtful).send(self._cursor, self._staged())
        return int(new.sum()) + (0 if self._indexes else self._settle())

    def finish(self) -> int:
        """Makes the indexes and settles the rows that waited for them; returns how many were loaded."""
        late_indexes.put_back(self._cursor, self._indexes)
        loaded = self._settle()
        if self._stage:
            self._cursor.execute(sql.SQL("drop table {}").format(self._stage))
        return loaded

    def _has_rows(self) -> bool:
        self._cursor.execute(
            sql.SQL("select exists (select from {} where {})").format(self._raw, self._scope)
        )
        return self._cursor.fetchone() == (True,)

    def _known(self, rows: EncodedRows) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Returns which rows are here already, and which may be, also by an earlier row of this delivery."""
        nothing = np.zeros(len(rows), dtype=bool)
        if self._digests:
            return nothing, self._digests.meet(rows.hashes)
        here = self._here(rows.digests)
        again = ~pl.Series(rows.hashes).is_first_distinct().to_numpy()
        return (nothing, here | again) if self._transferable else (here, again & ~here)

    def _here(self, digests: Digests) -> npt.NDArray[np.bool_]:
        """Asks the table for rows with these digests."""
        text = digests.tobytes().hex()
        listed = ",".join(text[start : start + 32] for start in range(0, len(text), 32))
        self._cursor.execute(
            sql.SQL(
                "select d.place from unnest(%s::uuid[]) with ordinality as d (digest, place) "
                "where exists (select from {} as r where r.row_digest = d.digest and {})"
            ).format(self._raw, self._scope),
            ("{" + listed + "}",),
        )
        here = np.zeros(len(digests), dtype=bool)
        here[[place - 1 for (place,) in self._cursor.fetchall()]] = True
        return here

    def _note_keys(self, keys: pl.Series) -> None:
        if self._keys and not self.keys_may_repeat:
            self.keys_may_repeat = bool(self._keys.meet(keys.drop_nulls().to_numpy()).any())

    def _staged(self) -> sql.Identifier:
        """Returns the temporary table for rows that need a closer look."""
        if self._stage is None:
            self._stage = sql.Identifier(f"stage_{self._name}")
            self._cursor.execute(
                sql.SQL("create temp table {} (like {}) on commit drop").format(self._stage, self._raw)
            )
        self._is_waiting = True
        return self._stage

    def _settle(self) -> int:
        """Takes over the rows other batches hold and loads those that are new after all; returns how many."""
        if self._stage is None or not self._is_waiting:
            return 0
        taken = (
            transfer_rows(self._cursor, self._name, self._stage, self._batch, self._transferable)
            if self._transferable
            else 0
        )
        self._cursor.execute(
            # in the order in which they came: the first of equal rows is kept
            sql.SQL("insert into {} select * from {} order by ctid on conflict do nothing").format(
                self._raw, self._stage
            )
        )
        new = self._cursor.rowcount
        self.keys_may_repeat |= new > 0
        self._cursor.execute(sql.SQL("truncate {}").format(self._stage))
        self._is_waiting = False
        return taken + new
