"""The truth of the money against a second reading, on the days a city can be served."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from sandbox.city import build_city
from sandbox.city.ground.timeline import Timeline
from sandbox.truth import expected_amounts
from tests.oracle.amounts import Amount, amounts
from tests.oracle.second_reading import ShownByCity

EPOCH = date(2020, 5, 12)
_COLUMNS = ("kind", "subject", "month", "amount", "detail")


def planted(root: Path, day: date) -> set[Amount]:
    rows = list(expected_amounts(root, day).select(_COLUMNS).iter_rows())
    assert len(set(rows)) == len(rows)
    return set(rows)


@pytest.mark.parametrize(
    ("seed", "epoch"),
    [
        (1, EPOCH),
        (20191031, date(2019, 12, 20)),  # a year ends
        (4, date(2020, 2, 10)),  # a leap day lies ahead
        (6, date(2022, 6, 20)),  # every rate changes on 1 July, both disability allowances too
    ],
)
def test_every_amount_of_every_day(tmp_path: Path, seed: int, epoch: date) -> None:
    city = build_city(tmp_path, seed, 0.001, epoch)
    for offset in (-3, 0, 1, 2, 3, 4, 5, 6, 8, 11, 20, 21, 24, 31):
        day = epoch + timedelta(days=offset)
        want, found = planted(city.root, day), set(amounts(ShownByCity(city.root, day)))
        assert want - found == set(), (offset, "written, not found")
        assert found - want == set(), (offset, "found, not written")


def test_every_reason_occurs(tmp_path: Path) -> None:
    truth = expected_amounts(build_city(tmp_path, 8, 0.001, EPOCH).root, EPOCH)
    lines = truth.filter(kind="care_home_line")
    assert set(lines["detail"]) == {
        None,
        *("resident_dead", "two_homes", "under_age", "non_local", "state_supported"),
        *("too_few_days", "entered_twice", "counted_together", "over_beds"),
    }
    cases = truth.filter(pl.col("subject").str.starts_with("civil_affairs__"), pl.col("detail").is_not_null())
    assert set(cases.select("kind", "detail").iter_rows()) == {
        *(("dibao", reason) for reason in ("phase_out", "income_above_standard", "above_multiple")),
        *(("disability_care", reason) for reason in ("tekun", "work_injury_care")),
        *(("disability_living", reason) for reason in ("tekun", "orphan", "work_injury_care", "no_dibao")),
    }
    funerals = truth.filter(kind="funeral_ceiling")["amount"]
    assert {2065, 1965, 1546, 1446, 1000, 1600, None} == set(funerals.cast(pl.Int64))


def test_amounts_change_with_the_days(tmp_path: Path) -> None:
    city = build_city(tmp_path, 1, 0.002, EPOCH)
    today, later = planted(city.root, EPOCH), planted(city.root, EPOCH + timedelta(days=30))
    assert {a[0] for a in today - later} >= {"care_home_line", "care_home_claim", "funeral_ceiling"}


def test_a_month_has_its_claims_on_its_last_day(tmp_path: Path) -> None:
    city = build_city(tmp_path, 1, 0.002, EPOCH)
    for day, months in ((date(2020, 5, 30), {4}), (date(2020, 5, 31), {4, 5}), (date(2020, 6, 11), {5})):
        told = {(kind, month.month) for kind, _, month, *_ in planted(city.root, day)}
        for kind in ("care_home_line", "care_home_claim"):
            assert {month for k, month in told if k == kind} == months


def test_a_timeline_tells_each_stretch_once() -> None:
    days = [EPOCH + timedelta(days=k) for k in range(5)]
    timeline = Timeline()
    for day, amounts_held in ((days[0], [1, 2]), (days[1], [2, 3]), (days[3], [1, 2])):
        timeline.on(day, pl.DataFrame({"amount": amounts_held}))
    told = timeline.stretches(days[4]).sort("amount", "expected_from").rows()
    over = days[4] + timedelta(days=1)
    assert told == [(1, days[0], days[1]), (1, days[3], over), (2, days[0], over), (3, days[1], days[3])]
