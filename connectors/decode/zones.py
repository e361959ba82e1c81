"""Reads moments with a zone: how the offset is written, and which time it was in Shanghai at that moment.

The zone's own history decides: in the summers of 1986 to 1991, and in some of the 1940s, clocks in Shanghai
were an hour ahead, and until 1901 they showed the sun's time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from connectors.decode.row_masks import Bools, Ints, mask_of, scatter

_HERE = "Asia/Shanghai"
_HOUR = 3600
#: Z, UTC, GMT+8, +08 (PostgreSQL), +8, +0800, +08:00, +08:05:43 (PostgreSQL before 1901), and abbreviations
#: of China's time: what CST means to a department here.
_OFFSET = (
    r"(?i)\s*(?:(Z|UTC|GMT)|(CST)|(CDT)|"
    r"(?:UTC|GMT)?\s*([+-])([01]?[0-9])(?::?([0-5][0-9])(?::?([0-5][0-9]))?)?)$"
)
_ANY = r"\s*(?:Z|UTC|GMT|CST|CDT|(?:UTC|GMT)?\s*[+-][01]?[0-9](?::?[0-5][0-9]){0,2})$"
_HAS_ZONE = (
    rf"(?i)(?:[0-9]:[0-5][0-9](?:[:.,][0-9.]+)?|^[0-9]{{8}}[ T]?[0-9]{{6}}(?:\.[0-9]+)?){_ANY}"
    r"|^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})$"
)
_FARTHEST = 14 * _HOUR + 59 * 60
#: JavaScript's and .NET's milliseconds since 1970: ``/Date(1589212800000)/``.
_MILLISECONDS = r"^\\?/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)\\?/$"


@dataclass(frozen=True)
class Zoned:
    """``local``: the texts without their zone.

    ``rows``: which had one. ``seconds``: the offset east of Greenwich.
    """

    local: pl.Series
    rows: Bools
    seconds: Ints


def split_zone(texts: pl.Series) -> Zoned:
    """Takes the zone off every text that has one."""
    texts = _from_milliseconds(texts)
    rows = mask_of(texts.str.contains(_HAS_ZONE))
    seconds = np.zeros(len(texts), dtype=np.int64)
    at = np.flatnonzero(rows)
    if not len(at):
        return Zoned(texts, rows, seconds)
    with_zone = texts.gather(at)
    groups = with_zone.str.extract_groups(_OFFSET).struct.unnest()
    hours, minutes, rest = (_number(groups[name]) for name in ("5", "6", "7"))
    offset = (hours * _HOUR + minutes * 60 + rest) * np.where(mask_of(groups["4"] == "-"), -1, 1)
    offset += 8 * _HOUR * mask_of(groups["2"].is_not_null()) + 9 * _HOUR * mask_of(groups["3"].is_not_null())
    usual = np.abs(offset) <= _FARTHEST
    rows[at] = usual
    seconds[at] = offset
    return Zoned(
        scatter(texts, at[usual], with_zone.gather(np.flatnonzero(usual)).str.replace(_OFFSET, "")),
        rows,
        seconds,
    )


def _from_milliseconds(texts: pl.Series) -> pl.Series:
    rows = np.flatnonzero(mask_of(texts.str.contains(_MILLISECONDS)))
    if not len(rows):
        return texts
    counted = texts.gather(rows).str.extract(_MILLISECONDS).cast(pl.Int64)
    moments = counted.cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%d %H:%M:%S%.3fZ")
    return scatter(texts, rows, moments)


def to_shanghai(local: pl.Series, seconds: Ints) -> pl.Series:
    """Converts ``local`` times that are ``seconds`` east of Greenwich to naive Shanghai time."""
    east = pl.Series(seconds * 1_000_000).cast(pl.Duration("us"))
    return (local - east).dt.replace_time_zone("UTC").dt.convert_time_zone(_HERE).dt.replace_time_zone(None)


def _number(texts: pl.Series) -> Ints:
    numbers: Ints = texts.cast(pl.Int64, strict=False).fill_null(0).to_numpy().astype(np.int64)
    return numbers
