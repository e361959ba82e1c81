"""Knows the real administrative divisions of Shenyang, edition 2019-10-31."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

_FILE = Path(__file__).resolve().parents[2] / "data" / "shenyang_divisions.csv"
#: Code of the city: the first four digits of the divisions and of the numbers its offices issue.
CITY = "2101"
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
#: Counties that were renumbered: (today's code, former code, first birth year under today's code).
_RENUMBERED = ((210181, 210121, 1993), (210115, 210122, 2016))
OUTSIDE_ISSUERS = (210202, 210302, 210422, 220102, 230103, 370102, 410105, 150402)
OUTSIDE_DISTRICTS = ("210202", "210302", "210403", "220104", "230103", "110105", "370202", "150402")


@cache
def divisions() -> pl.DataFrame:
    """Returns all divisions. Columns level, code, name."""
    return pl.read_csv(_FILE, schema_overrides={"code": pl.String})


@cache
def communities() -> pl.Series:
    """Returns the 12-digit codes of all communities."""
    return divisions().filter(pl.col("level") == "villages")["code"]


@cache
def zones() -> list[str]:
    """Returns communities of the economic zones, each a street of its own, in which nobody lives by
    chance.
    """
    return communities().filter(communities().str.slice(6, 1) == "4").to_list()


@cache
def _weights() -> npt.NDArray[np.float64]:
    """Returns weights: urban communities are larger than villages; nobody lives in the zones."""
    weight = pl.select(pl.when(is_rural(communities())).then(1.0).otherwise(1.6)).to_series().to_numpy()
    weight = np.where(communities().is_in(zones()).to_numpy(), 0, weight)
    result: npt.NDArray[np.float64] = weight.cumsum() / weight.sum()
    return result


def some_communities(rng: np.random.Generator, n: int) -> pl.Series:
    """Draws ``n`` communities; urban ones are larger."""
    return communities().gather(np.searchsorted(_weights(), rng.random(n)))


def a_community_of(district: str) -> str:
    """Returns a community of a district (six digits)."""
    return str(communities().filter(communities().str.starts_with(district))[0])


def is_rural(region: pl.Series) -> pl.Series:
    """Tells for each community whether it is a village (村委会) rather than a neighbourhood."""
    return region.is_in(_villages())


@cache
def _villages() -> list[str]:
    return divisions().filter(pl.col("name").str.ends_with("村委会"))["code"].to_list()


@cache
def _names() -> dict[str, str]:
    return dict(divisions().select("code", "name").iter_rows())


def address(region: pl.Series, rng: np.random.Generator) -> pl.Series:
    """Returns addresses: district, street and community by name, then an invented house number."""
    n = len(region)
    house = pl.Series(rng.integers(1, 200, n)).cast(pl.String)
    flat = pl.Series(rng.integers(101, 2500, n)).cast(pl.String)
    frame = pl.DataFrame({"r": region, "h": house, "f": flat})
    parts = [pl.col("r").str.slice(0, k).replace_strict(_names(), default="") for k in (6, 9, 12)]
    tail = (pl.col("h"), pl.lit("号"), pl.col("f"), pl.lit("室"))
    return frame.select(pl.concat_str(pl.lit("沈阳市"), *parts, *tail)).to_series()


def issuers_of_their_time(county: pl.Series, births: pl.Series) -> pl.Series:
    """Returns the county codes under which numbers were issued: counties were renumbered, the numbers
    stayed.
    """
    issuer = pl.col("county")
    for today, former, year in _RENUMBERED:
        earlier = (pl.col("county") == today) & (pl.col("birth").dt.year() < year)
        issuer = pl.when(earlier).then(former).otherwise(issuer)
    return pl.DataFrame({"county": county, "birth": births}).select(issuer.alias("county")).to_series()
