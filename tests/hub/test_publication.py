"""``make run`` follows publications until the day is published, not until one of them ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from hub import run_day
from hub.airflow_client import AirflowClient, Run
from hub.errors import StackError
from tests.conftest import make_settings

DAY = date(2020, 5, 15)


class Airflow:
    """Publications that end at once; the first ``empty`` of them publish nothing."""

    def __init__(self, empty: int, waiting: list[Run]) -> None:
        self.empty, self.waiting = empty, waiting
        self.followed: list[str] = []
        self.triggered = 0

    def trigger(self, dag_id: str, day: date, conf: dict[str, object]) -> Run:
        assert conf == {"as_of": day.isoformat()}
        self.triggered += 1
        return _run(f"by hand {self.triggered}")

    def run(self, of: Run) -> Run:
        self.followed.append(of.run_id)
        return of

    def active(self) -> list[Run]:
        return [self.waiting.pop(0)] if self.waiting else []

    @property
    def published(self) -> date:
        return DAY if len(self.followed) > self.empty else date(2020, 5, 12)


def _run(name: str) -> Run:
    return Run(run_day.PUBLISH, name, "success")


def _publish(airflow: Airflow, monkeypatch: pytest.MonkeyPatch, home: Path) -> Run:
    monkeypatch.setattr(run_day.state, "last_published", lambda settings: airflow.published)
    settings = make_settings(home)
    watch = run_day.RunMonitor(settings, cast("AirflowClient", airflow), _quiet)
    return run_day.follow_publication(watch, DAY, wait=False)


def _quiet(*_: Any) -> None:
    return None


def test_one_that_publishes_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    airflow = Airflow(0, [])
    assert _publish(airflow, monkeypatch, tmp_path).run_id == "by hand 1"
    assert airflow.triggered == 1


def test_one_that_published_nothing_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A feed came in behind the gate's back, and the scheduler has not made the next run yet."""
    airflow = Airflow(1, [])
    assert _publish(airflow, monkeypatch, tmp_path).run_id == "by hand 2"


def test_one_that_waits_already_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    airflow = Airflow(1, [_run("by asset")])
    assert _publish(airflow, monkeypatch, tmp_path).run_id == "by asset"
    assert airflow.triggered == 1


def test_a_day_that_is_never_published_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="2020-05-15 is still not published"):
        _publish(Airflow(1000, []), monkeypatch, tmp_path)
