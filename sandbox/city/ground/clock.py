"""Knows the days the city avoids: nobody reaches a watched age around the epoch, unless planted."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

import numpy as np
import polars as pl

from sandbox.calendar import DAYS_AFTER, DAYS_BEFORE

#: Ages some rule watches (dossier 4.3 no. 1).
WATCHED_AGES = (16, 18, 60, 80, 90, 100)
_SHIFT_DAYS = 170


#: The payments of a month are complete after this day of it.
COMPLETE = 10


def last_complete_month(day: date) -> date:
    """Returns the first of the newest month that should be paid in full by a day."""
    return day.replace(day=1) if day.day > COMPLETE else month_before(day, 1)


def month_before(day: date, k: int) -> date:
    """Returns the first of the month ``k`` months before that of a day (after it, if ``k`` is negative)."""
    index = day.year * 12 + day.month - 1 - k
    return date(index // 12, index % 12 + 1, 1)


def last_day_of_month(month: date) -> date:
    """Returns the last day of the month of a day."""
    return month_before(month, -1) - timedelta(days=1)


def days_before(epoch: date, days: np.ndarray) -> pl.Series:
    """Returns dates ``days`` before the epoch."""
    base = np.datetime64(epoch, "D")
    return pl.Series((base - days.astype("timedelta64[D]")).astype("datetime64[D]")).cast(pl.Date)


def avoid_watched_birthdays(births: pl.Series, epoch: date) -> pl.Series:
    """Moves birthdays away from watched ages near the epoch; never onto 29 February."""
    born = births.to_numpy().astype("datetime64[D]")
    for age in WATCHED_AGES:
        low = np.datetime64(_years_before(epoch - timedelta(days=DAYS_BEFORE + 5), age), "D")
        high = np.datetime64(_years_before(epoch + timedelta(days=DAYS_AFTER + 40), age), "D")
        inside = (born >= low) & (born <= high)
        born = np.where(inside, born + np.timedelta64(_SHIFT_DAYS, "D"), born)
    out = pl.Series(born).cast(pl.Date)
    leap = (out.dt.month() == 2) & (out.dt.day() == 29)
    return pl.select(pl.when(leap).then(out - timedelta(days=1)).otherwise(out)).to_series()


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def birthday_on(day: date, age: int) -> date:
    """Returns the birth date of somebody who turns ``age`` on ``day``.

    On 28 February of a common year, if possible, that of somebody born on the 29th: on that day the law's
    count of years ends for them.
    """
    if (day.month, day.day) == (2, 28) and not isleap(day.year) and isleap(day.year - age):
        return date(day.year - age, 2, 29)
    return _years_before(day, age)
