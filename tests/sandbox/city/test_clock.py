"""Who reaches an age on a day, also those born on 29 February."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sandbox.city.ground.clock import birthday_on
from sandbox.city.ground.people import make_people


@pytest.mark.parametrize(
    ("day", "age", "born"),
    [
        (date(2020, 2, 29), 60, date(1960, 2, 29)),
        (date(2020, 2, 29), 18, date(2002, 2, 28)),
        (date(2022, 2, 28), 18, date(2004, 2, 29)),
        (date(2022, 2, 28), 60, date(1962, 2, 28)),
        (date(2020, 2, 28), 60, date(1960, 2, 28)),
        (date(2020, 7, 1), 80, date(1940, 7, 1)),
    ],
)
def test_the_birth_date_of_who_turns_an_age_on_a_day(day: date, age: int, born: date) -> None:
    assert birthday_on(day, age) == born


@pytest.mark.parametrize(("epoch", "ages"), [(date(2020, 2, 26), {60, 80}), (date(2022, 2, 26), {18, 90})])
def test_a_city_at_the_end_of_february_has_leap_day_births(epoch: date, ages: set[int]) -> None:
    people = make_people(4, 0.02, epoch).people
    leap = people.filter((pl.col("birth_date").dt.month() == 2) & (pl.col("birth_date").dt.day() == 29))
    assert ages <= {epoch.year - born.year for born in leap["birth_date"]}
