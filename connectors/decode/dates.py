"""Reads dates, months and timestamps in the forms the departments write them."""

from __future__ import annotations

from collections.abc import Callable, Sized
from functools import wraps

import numpy as np
import numpy.typing as npt
import polars as pl

from connectors.decode import zones
from connectors.decode.characters import fold
from connectors.decode.no_value import FIRST_YEAR, LAST_YEAR, OPEN_YEAR, is_no_day, is_no_month
from connectors.decode.spellings import respell
from connectors.decode.text import (
    Bools,
    Cleaned,
    DecodeContext,
    Ints,
    byte_matrix,
    days_of,
    is_calendar_day,
    mask_of,
    number_at,
    scatter,
)

_EXCEL_DAY_ZERO = -25569  # 1899-12-30, in days since 1970-01-01
#: Serial numbers of days from 1905 to 2100. A smaller number in a column of days is a year, a month or a day.
_EXCEL_DAYS = (2101, 73_415)
_UNREADABLE = np.iinfo(np.int64).min
_DAY_SECONDS = 24 * 60 * 60

_DAY = r"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?$"
_DAY_AND_TIME = r"(?i)^(.{8,11}?)[ T]([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,][0-9]+)?)?$"
_MONTH = r"^([0-9]{4})[-/.年]?([0-9]{1,2})月?$"
_ZEROS = r"^[0\-/. :T年月日]*0[0\-/. :T年月日]*$"


def _in_any_spelling(cleaner: Callable[[pl.Series, DecodeContext], Cleaned]) -> Callable[..., Cleaned]:
    """Lets a cleaner try again, in the usual spelling, what it could not read."""

    @wraps(cleaner)
    def cleaned(received: pl.Series, context: DecodeContext) -> Cleaned:
        first = cleaner(received, context)
        if not first.problems:
            return first
        (bad, reason), *_ = first.problems
        rows = np.flatnonzero(bad)
        told = fold(received.gather(rows))
        again = cleaner(respell(told).fill_null(told), context)
        changed, none = _rows_or_none(first.changed, bad), _rows_or_none(first.nothing, bad)
        changed[rows], none[rows] = _rows_or_none(again.changed, told), _rows_or_none(again.nothing, told)
        bad[rows] = again.problems[0][0] if again.problems else False
        problems = [(bad, reason)] if bad.any() else []
        return Cleaned(scatter(first.values, rows, again.values), problems, changed, none)

    return cleaned


def _rows_or_none(rows: Bools | None, like: Sized) -> Bools:
    return np.zeros(len(like), dtype=bool) if rows is None else rows.copy()


@_in_any_spelling
def clean_date(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Reads calendar dates. Days that mean "none" (zeros, the year 9999) are null; their text is kept.

    A date with a time in another zone is the day it was in Shanghai at that moment.
    """
    days, bad = _days(received, context.excel)
    return _dated(received, days, bad, "date_invalid")


@_in_any_spelling
def clean_month(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Reads months as their first day: 202005, 2020-05, 2020年5月, or any date within the month."""
    if mask_of(received.str.contains("^[0-9]{6}$")).all():
        return _compact_months(received)
    groups = received.str.extract_groups(_MONTH).struct.unnest()
    short = mask_of(received.str.contains(r"^[0-9]{5}$"))  # 20205 could be read two ways
    years = _integers(received.str.slice(0, 4), short)
    is_month = mask_of(received.str.contains(_MONTH)) & ~short
    year, month = (_integers(groups[name], is_month) for name in ("1", "2"))
    days, bad = _days(received, context.excel, skip=is_month)
    whole = days_of(year, month, np.ones_like(year))
    known = is_month & _sane(year) & (month >= 1) & (month <= 12)
    absent = is_month & is_no_month(year, month)
    days = np.where(known, whole, np.where(is_month, _UNREADABLE, _first_of_month(days)))
    bad = np.where(is_month, ~known & ~absent, bad)
    # in a workbook it is no day of 1955 either: a cell that is a date comes as a date
    doubtful = short & _sane(years)
    # January, or an October that was kept as a number and lost its zero
    doubtful |= mask_of(received.str.contains(r"^[0-9]{4}\.1$"))
    days, bad = np.where(doubtful, _UNREADABLE, days), bad | doubtful
    return _dated(received, days, bad, "month_invalid")


def _compact_months(received: pl.Series) -> Cleaned:
    """Reads a column in which every month is written yyyymm, as most feeds do."""
    digits = byte_matrix(received, 6) - np.uint8(48)
    year, month = number_at(digits, 0, 4), number_at(digits, 4, 6)
    is_valid = _sane(year) & (month >= 1) & (month <= 12)
    first = days_of(year, np.where(is_valid, month, 1), np.ones_like(year))
    absent = is_no_month(year, month)
    return _dated(received, np.where(is_valid, first, _UNREADABLE), ~is_valid & ~absent, "month_invalid")


@_in_any_spelling
def clean_timestamp(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Reads local times (Asia/Shanghai) without a zone; a zone in the text is converted, then dropped."""
    text = received.str.replace("T", " ", literal=True)
    values = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    rest = np.flatnonzero(mask_of(values.is_null() & received.is_not_null()))
    changed = np.zeros(len(received), dtype=bool)
    bad = np.zeros(len(received), dtype=bool)
    if len(rest):
        odd = _odd_timestamps(received.gather(rest))
        values = values.scatter(pl.Series(rest), odd)
        unread = mask_of(odd.is_null())
        zeros = mask_of(received.gather(rest).str.contains(_ZEROS))
        changed[rest] = unread
        bad[rest] = unread & ~zeros
    year, month, day = (part.fill_null(0).to_numpy().astype(np.int64) for part in _parts(values))
    far = mask_of(values.is_not_null()) & (~_sane(year) | is_no_day(year, month, day))
    bad |= far & ~is_no_day(year, month, day)
    if far.any():
        values = values.scatter(pl.Series(np.flatnonzero(far)), None)
        changed |= far
    return Cleaned(values, [(bad, "timestamp_invalid")] if bad.any() else [], changed, changed & ~bad)


def _parts(values: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    return values.dt.year(), values.dt.month(), values.dt.day()


def _odd_timestamps(texts: pl.Series) -> pl.Series:
    """Reads other spellings: compact, slashes, 年月日, no seconds, no time, a zone."""
    zoned = zones.split_zone(fold(texts))
    local = (
        zoned.local.str.replace_all(r"[/.年月]([0-9])", "-$1")
        .str.replace(r"日\s*", " ")
        .str.replace(r"(?i)([0-9])T([0-9])", "$1 $2")
        .str.strip_chars()
    )
    local = local.str.replace(
        r"(:[0-9]{2})[-,]([0-9]+)", "$1.$2"
    )  # the dot of a fraction went with the others
    local = local.str.replace(r"^([0-9]{14})-([0-9]+)$", "$1.$2")
    local = local.str.replace(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})$", "$1 00:00:00")
    local = local.str.replace(r"^([0-9]{8})$", "${1}000000")
    local = local.str.replace(r"^([0-9]{8}) ([0-9]{6})", "$1$2")
    local = local.str.replace(r" ([0-9]{1,2}:[0-9]{2})$", " $1:00")
    values = pl.Series([None] * len(texts), dtype=pl.Datetime("us"))
    for form in ("%Y-%m-%d %H:%M:%S%.f", "%Y%m%d%H%M%S%.f", "%Y%m%d %H:%M:%S%.f"):
        read = local.str.to_datetime(form, strict=False, time_unit="us")
        values = values.zip_with(values.is_not_null(), read)
    at = np.flatnonzero(zoned.rows)
    return scatter(values, at, zones.to_shanghai(values.gather(at), zoned.seconds[at])) if len(at) else values


def _dated(received: pl.Series, days: Ints, bad: Bools, reason: str) -> Cleaned:
    known = days != _UNREADABLE
    values = pl.Series(received.name, np.where(known, days, 0).astype(np.int32)).cast(pl.Date)
    values = scatter(values, np.flatnonzero(~known), None)
    changed = ~known & mask_of(received.is_not_null())
    return Cleaned(values, [(bad, reason)] if bad.any() else [], changed, changed & ~bad)


def _days(received: pl.Series, excel: bool, skip: Bools | None = None) -> tuple[Ints, Bools]:
    """Returns days since 1970 (or _UNREADABLE) and the rows that hold no date.

    Zeros and the year 9999 are not bad.
    """
    days = np.full(len(received), _UNREADABLE, dtype=np.int64)
    bad = mask_of(received.is_not_null()) if skip is None else mask_of(received.is_not_null()) & ~skip
    lengths = received.str.len_bytes()
    for width, years, months, dates in ((8, (0, 4), (4, 6), (6, 8)), (10, (0, 4), (5, 7), (8, 10))):
        rows = np.flatnonzero(bad & mask_of(lengths == width))
        if len(rows):
            matrix = byte_matrix(received.gather(rows), width)
            shaped = _shaped(matrix)
            digits = matrix - np.uint8(48)
            parts = [number_at(digits, *span) for span in (years, months, dates)]
            _fill_days(days, bad, rows[shaped], [p[shaped] for p in parts])
    rest = np.flatnonzero(bad)
    if len(rest):
        _fill_odd_days(days, bad, rest, received.gather(rest), excel)
    return days, bad


def _shaped(matrix: npt.NDArray[np.uint8]) -> Bools:
    is_digit = (matrix - np.uint8(48)) <= 9
    if matrix.shape[1] == 8:
        return np.asarray(is_digit.all(axis=1))
    separator = matrix[:, 4]
    known = np.isin(separator, np.frombuffer(b"-/.", dtype=np.uint8)) & (matrix[:, 7] == separator)
    return np.asarray(known & np.delete(is_digit, [4, 7], axis=1).all(axis=1))


def _fill_days(days: Ints, bad: Bools, rows: npt.NDArray[np.int64], parts: list[Ints]) -> None:
    year, month, day = parts
    real = is_calendar_day(year, month, day) & _sane(year)
    days[rows[real]] = days_of(year[real], month[real], day[real])
    absent = is_no_day(year, month, day)
    bad[rows] = ~real & ~absent


def _fill_odd_days(
    days: Ints, bad: Bools, rows: npt.NDArray[np.int64], texts: pl.Series, excel: bool
) -> None:
    whole = fold(texts)
    zoned = zones.split_zone(whole)
    day = zoned.local.str.replace(_DAY_AND_TIME, "$1").str.strip_chars()
    day = day.str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "$1-$2-$3")
    dated = mask_of(day.str.contains(_DAY))
    groups = day.str.extract_groups(_DAY).struct.unnest()
    year, month, date = (_integers(groups[name], dated) for name in ("1", "2", "3"))
    moved = np.flatnonzero(zoned.rows & dated & (year > 0) & is_calendar_day(year, month, date))
    if len(moved):
        dates_there = days_of(year[moved], month[moved], date[moved])
        dates_here = _days_here(dates_there, zoned.local.gather(moved), zoned.seconds[moved])
        for part, now in zip((year, month, date), _parts(dates_here), strict=True):
            part[moved] = now.to_numpy()
    _fill_days(days, bad, rows[dated], [part[dated] for part in (year, month, date)])
    if excel:
        serial = whole.str.contains(r"^[0-9]{4,5}(\.[0-9]+)?$")
        numbers = whole.cast(pl.Float64, strict=False).fill_null(0).to_numpy()
        fits = mask_of(serial) & (numbers >= _EXCEL_DAYS[0]) & (numbers < _EXCEL_DAYS[1])
        fits &= numbers != OPEN_YEAR  # a year that means no end, not a day in 1927
        days[rows[fits]] = np.floor(numbers[fits]).astype(np.int64) + _EXCEL_DAY_ZERO
        bad[rows[fits]] = False
    bad[rows[mask_of(day.str.contains(_ZEROS))]] = False


def _days_here(days: Ints, local: pl.Series, seconds: Ints) -> pl.Series:
    """Returns the days it was in Shanghai at those moments: 16:00Z is the next day."""
    groups = local.str.extract_groups(_DAY_AND_TIME).struct.unnest()
    every = np.ones(len(local), dtype=bool)
    hour, minute, second = (_integers(groups[name], every) for name in ("2", "3", "4"))
    moments = (days * _DAY_SECONDS + hour * 3600 + minute * 60 + second) * 1_000_000
    return zones.to_shanghai(pl.Series(moments).cast(pl.Datetime("us")), seconds)


def _sane(year: Ints) -> Bools:
    result: Bools = (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    return result


def _integers(texts: pl.Series, rows: Bools) -> Ints:
    numbers = texts.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    result: Ints = np.where(rows, numbers, 0).astype(np.int64)
    return result


def _first_of_month(days: Ints) -> Ints:
    known = days != _UNREADABLE
    dates = np.where(known, days, 0).astype("datetime64[D]")
    first = dates.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    result: Ints = np.where(known, first, _UNREADABLE)
    return result
