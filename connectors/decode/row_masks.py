"""Selects rows of a column: the smallest helpers, below all others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def mask_of(flags: pl.Series) -> Bools:
    """Returns a boolean column as an array; null counts as False."""
    array: Bools = (flags.fill_null(False) if flags.null_count() else flags).to_numpy()
    return array


def scatter(values: pl.Series, rows: npt.NDArray[np.int64], new: pl.Series | None) -> pl.Series:
    """Returns a copy of ``values`` with ``new`` (or null) at ``rows``."""
    if not len(rows):
        return values
    if new is None:
        keep = np.ones(len(values), dtype=bool)
        keep[rows] = False
        frame = pl.DataFrame({"v": values, "keep": keep})
        return frame.select(pl.when("keep").then("v").alias(values.name)).to_series()
    return values.clone().scatter(pl.Series(rows), new)
