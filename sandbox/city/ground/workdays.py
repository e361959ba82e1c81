"""Counts working days as the city's offices keep them.

Official holidays count; in years whose holidays are not published yet, weekdays without the holidays of fixed
date.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

#: New Year, Labour Day (two days since 2025) and National Day.
_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))


def is_workday(day: date) -> bool:
    """Tells whether the offices work on a day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) not in _FIXED


def back(epoch: date, elapsed: int) -> date:
    """Returns the day from which ``elapsed`` working days have passed at the end of ``epoch``."""
    day, count = epoch, 0
    while True:
        if is_workday(day):
            if count == elapsed:
                return day
            count += 1
        day -= timedelta(days=1)


def nth(start: date, n: int) -> date:
    """Returns the n-th working day after ``start``; ``start`` itself for n = 0."""
    day, count = start, 0
    while count < n:
        day += timedelta(days=1)
        count += is_workday(day)
    return day
