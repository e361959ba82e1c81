"""Finds out what holds on which days, from what held at the end of each."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl


class Timeline:
    """Collects day by day what holds; returns each row once for every stretch of days on which it held.

    The frames have equal columns and no row twice. A day that is not given is like the day before.
    """

    def __init__(self) -> None:
        self._open: pl.DataFrame | None = None
        self._closed: list[pl.DataFrame] = []

    def on(self, day: date, holds: pl.DataFrame) -> None:
        """Adds what holds on a day. Call it in the order of the days."""
        since = pl.lit(day).alias("expected_from")
        if self._open is None:
            self._open = holds.with_columns(since)
            return
        self._closed.append(
            _without(self._open, holds).with_columns(pl.lit(day, dtype=pl.Date).alias("expected_until"))
        )
        still = self._open.join(holds, on=holds.columns, how="semi", nulls_equal=True)
        new = _without(holds, self._open).with_columns(since)
        self._open = pl.concat([still, new])

    def stretches(self, last: date) -> pl.DataFrame:
        """Returns the rows with ``expected_from`` and ``expected_until`` (exclusive); ``last`` still
        counts.
        """
        if self._open is None:
            raise ValueError("nothing was told")
        over = pl.lit(last + timedelta(days=1)).alias("expected_until")
        return pl.concat([*self._closed, self._open.with_columns(over)])


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    shared = [name for name in rows.columns if name in others.columns]
    return rows.join(others, on=shared, how="anti", nulls_equal=True)
