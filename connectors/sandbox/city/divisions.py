"""The real administrative divisions of Shenyang, edition 2019-10-31."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

_FILE = Path(__file__).resolve().parent.parent / "data" / "shenyang_divisions.csv"
#: County codes on identity cards: today's, those of former counties, and of other provinces.
LOCAL_ISSUERS = (
    210102,
    210103,
    210104,
    210105,
    210106,
    210111,
    210112,
    210113,
    210114,
    210115,
    210123,
    210124,
    210181,
)
FORMER_ISSUERS = (210121, 210122)
OUTSIDE_ISSUERS = (210202, 210302, 210422, 220102, 230103, 370102, 410105, 150402)
OUTSIDE_DISTRICTS = ("210202", "210302", "210403", "220104", "230103", "110105", "370202", "150402")
_RURAL = ("210115", "210123", "210124", "210181")


@cache
def divisions() -> pl.DataFrame:
    """Columns level, code, name."""
    return pl.read_csv(_FILE, schema_overrides={"code": pl.String})


@cache
def communities() -> pl.Series:
    return divisions().filter(pl.col("level") == "villages")["code"]


def some_communities(rng: np.random.Generator, n: int) -> pl.Series:
    return communities().gather(rng.integers(0, len(communities()), n))


def is_rural(region: pl.Series) -> pl.Series:
    return region.str.slice(0, 6).is_in(list(_RURAL))
