"""Finds the days on which a feed is due, from its cron line.

Days only: the hour does not matter to an ``as_of``.
"""

from __future__ import annotations

from datetime import date, timedelta

_LONGEST_PAUSE_DAYS = 366 * 4 + 1  # 29 February


def last_due(schedule: str, as_of: date) -> date:
    """Returns the newest day up to ``as_of`` on which ``schedule`` (five cron fields) fires.

    Raises ``ValueError`` for another number of fields, or a schedule that never fires.
    """
    fields = schedule.split()
    if len(fields) != 5:
        raise ValueError(f"a cron line has five fields: {schedule!r}")
    days, months, weekdays = _values(fields[2], 1, 31), _values(fields[3], 1, 12), _weekdays(fields[4])
    for back in range(_LONGEST_PAUSE_DAYS):
        day = as_of - timedelta(days=back)
        in_month, in_week = day.day in days, day.isoweekday() in weekdays
        # cron's oldest oddity: with both fields set, either of them is enough
        fires = in_month or in_week if "*" not in (fields[2], fields[4]) else in_month and in_week
        if day.month in months and fires:
            return day
    raise ValueError(f"{schedule!r} never fires")


def days_between(schedule: str, first: date, last: date) -> list[date]:
    """Returns every day from ``first`` to ``last``, both included, on which ``schedule`` fires."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if last_due(schedule, day) == day]


def _weekdays(field: str) -> set[int]:
    """Returns ISO weekdays: Sunday is 7; cron also calls it 0."""
    return {day or 7 for day in _values(field, 0, 7)}


def _values(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first, last = int(start), int(end or (high if step else start))
        found |= set(range(first, last + 1, int(step or 1)))
    return found
