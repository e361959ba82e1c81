"""Values around the limits the rules know."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from random import Random

NAMES = ("张三", "李四", "欧阳娜", "王五")
#: Where the destitute live who are supported together.
INSTITUTIONS = ("沈阳市第一敬老院", "沈阳市第二敬老院")
#: How Hong Kong and Taiwan write them.
TRADITIONAL = str.maketrans("张欧阳", "張歐陽")
AGES = (16, 18, 60, 80, 90, 100)
_DISTANCES = (
    -400, -366, -365, -364, -182, -181, -180, -179, -91, -90, -89, -32, -31, -30, -29, -10, -1, 0, 1,
    10, 29, 30, 31, 89, 90, 91, 366,
)  # fmt: skip


def near(rng: Random, day: date) -> date:
    return day + timedelta(days=rng.choice(_DISTANCES))


def past(rng: Random, day: date) -> date:
    return day + timedelta(days=rng.choice([d for d in _DISTANCES if d <= 1]))


def month_near(rng: Random, day: date) -> date:
    month = day.replace(day=1)
    for _ in range(rng.randint(0, 4)):
        month = (month - timedelta(days=1)).replace(day=1)
    return month if rng.random() < 0.9 else (month + timedelta(days=32)).replace(day=1)


def birthday_of(rng: Random, day: date, age: int) -> date:
    """A birth date whose ``age``-th birthday lies around the day, 30 days after it at the most often."""
    turns = day + timedelta(days=rng.choice((-1, 0, 0, 1, 15, 29, 30, 30, 31)))
    year = turns.year - age
    if turns.month == 2 and turns.day >= 28 and calendar.isleap(year) and rng.random() < 0.5:
        return date(year, 2, 29)
    return date(year, turns.month, min(turns.day, calendar.monthrange(year, turns.month)[1]))
