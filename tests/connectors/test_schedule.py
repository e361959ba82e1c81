"""When a feed was last due."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from croniter import croniter

from connectors.catalogue.load import load_catalogue
from connectors.catalogue.schedule import days_between, last_due


@pytest.mark.parametrize(
    ("schedule", "as_of", "due"),
    [
        ("41 1 * * *", "2020-05-12", "2020-05-12"),
        ("11 2 * * 1", "2020-05-12", "2020-05-11"),
        ("10 2 5 * *", "2020-05-12", "2020-05-05"),
        ("10 2 5 * *", "2020-05-04", "2020-04-05"),
        ("8 2 5 1,4,7,10 *", "2020-05-12", "2020-04-05"),
        ("0 0 * * 0", "2020-05-12", "2020-05-10"),
        ("0 0 * * 7", "2020-05-12", "2020-05-10"),
        ("0 0 29 2 *", "2023-01-01", "2020-02-29"),
        ("0 0 1 * 1", "2020-05-12", "2020-05-11"),
        ("0 0 */10 * *", "2020-05-12", "2020-05-11"),
        ("0 0 1-5 * *", "2020-05-12", "2020-05-05"),
    ],
)
def test_last_due(schedule: str, as_of: str, due: str) -> None:
    assert last_due(schedule, date.fromisoformat(as_of)) == date.fromisoformat(due)


def test_every_declared_schedule_agrees_with_the_scheduler_s_reading() -> None:
    day = date(2020, 5, 12)
    for feed_id, feed in load_catalogue().items():
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
        assert last_due(feed.schedule, day) == croniter(feed.schedule, midnight).get_prev(datetime).date(), (
            feed_id
        )


@pytest.mark.parametrize("schedule", ["* * *", "0 0 31 2 *"])
def test_a_line_that_cannot_fire_says_so(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"five fields|never fires"):
        last_due(schedule, date(2020, 5, 12))


def test_days_between_holds_both_ends() -> None:
    days = days_between("0 2 * * 1", date(2020, 5, 4), date(2020, 5, 18))
    assert [d.day for d in days] == [4, 11, 18]
