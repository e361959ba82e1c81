"""The days of the stand-in city: when it can begin, and when it can then be asked."""

from __future__ import annotations

from datetime import date, timedelta

#: The first day of a city by default.
EPOCH = date(2020, 5, 12)
#: First days a city can be invented for: its rates of benefits are known from before to after these.
EARLIEST, LATEST = date(2019, 12, 1), date(2022, 12, 31)
#: A city can be served from this many days before its first day to this many after it.
DAYS_BEFORE, DAYS_AFTER = 3, 31


def lives(epoch: date) -> tuple[date, date]:
    """Returns the first and the last day on which a city can be served."""
    return epoch - timedelta(days=DAYS_BEFORE), epoch + timedelta(days=DAYS_AFTER)
