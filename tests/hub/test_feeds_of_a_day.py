"""The order in which a day's feeds are started, and how many runs are open at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

import pytest

from connectors.catalogue.effort import AUTHORISATION, longest_first
from connectors.catalogue.load import declarations
from hub import airflow, run_day
from hub.airflow_client import Run
from hub.errors import FeedsFailed
from hub.run_day import RunMonitor, load_feeds

DAY = date(2020, 5, 12)
DECLARED = declarations()
QUERIES = {feed for feed, d in DECLARED.items() if d["mode"] == "query_reply"}


@dataclass
class Airflow:
    """Ends the oldest open run at every look; ``fails`` names the feeds that do not succeed."""

    fails: frozenset[str] = frozenset()
    triggered: list[str] = field(default_factory=list)
    most_open: int = 0
    authorised_before: list[bool] = field(default_factory=list)
    _runs: dict[tuple[str, str], Run] = field(default_factory=dict)

    def trigger(self, dag_id: str, as_of: date, conf: object) -> Run:
        feed = dag_id.removeprefix("feed__")
        if feed in QUERIES:
            over = [r for r in self._runs.values() if r.dag_id == f"feed__{AUTHORISATION}" and r.over]
            self.authorised_before.append(bool(over))
        self.triggered.append(feed)
        run = Run(dag_id, f"run {len(self.triggered)}", "queued")
        self._runs[dag_id, run.run_id] = run
        self.most_open = max(self.most_open, len(self.active()))
        return run

    def active(self) -> list[Run]:
        return [run for run in self._runs.values() if not run.over]

    def run(self, run: Run) -> Run:
        return self._runs[run.dag_id, run.run_id]

    def look(self) -> None:
        for run in self.active()[:1]:
            failed = run.dag_id.removeprefix("feed__") in self.fails
            self._runs[run.dag_id, run.run_id] = replace(run, state="failed" if failed else "success")


@dataclass
class Monitor:
    client: Airflow
    settings: Any = None

    def pause(self) -> None:
        self.client.look()

    def progress(self, line: str, *, now: bool = False) -> None:
        pass


def load(client: Airflow, feeds: list[str]) -> None:
    load_feeds(cast(RunMonitor, Monitor(client)), DAY, feeds, {})


def test_the_longest_feeds_begin_first_and_the_queries_after_their_authorisation() -> None:
    client = Airflow()
    load(client, sorted(DECLARED))
    assert sorted(client.triggered) == sorted(DECLARED)
    assert client.triggered[0] == AUTHORISATION
    assert all(client.authorised_before)
    plain = [feed for feed in client.triggered if feed not in QUERIES]
    asked = [feed for feed in client.triggered if feed in QUERIES]
    assert plain == longest_first(plain, DECLARED)
    assert asked == longest_first(asked, DECLARED)
    # those of a call per person do not wait for the feeds that are quick
    assert client.triggered.index(asked[0]) < client.triggered.index(plain[-1])


def test_only_a_few_runs_are_open_at_once() -> None:
    client = Airflow()
    load(client, sorted(DECLARED))
    assert client.most_open == 3 * airflow.parallelism()


def test_nobody_is_asked_about_when_the_authorisations_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Airflow(fails=frozenset({AUTHORISATION}))
    monkeypatch.setattr(run_day, "_failure_text", lambda settings, day, failed: " ".join(failed))
    with pytest.raises(FeedsFailed) as caught:
        load(client, sorted(DECLARED))
    assert set(str(caught.value).split()) == {AUTHORISATION, *QUERIES}
    assert not QUERIES & set(client.triggered)


def test_a_feed_that_fails_keeps_no_other_from_being_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Airflow(fails=frozenset({"civil_affairs__marriage"}))
    monkeypatch.setattr(run_day, "_failure_text", lambda settings, day, failed: " ".join(failed))
    with pytest.raises(FeedsFailed, match=r"^civil_affairs__marriage$"):
        load(client, sorted(DECLARED))
    assert sorted(client.triggered) == sorted(DECLARED)


def test_a_query_whose_authorisations_are_there_already_is_asked_at_once() -> None:
    client = Airflow()
    load(client, ["public_security__vehicle"])
    assert client.triggered == ["public_security__vehicle"]
