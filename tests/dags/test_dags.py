"""The DAG folder as a whole: found by reading it, never by a list kept by hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue.effort import longest_first
from connectors.catalogue.load import declarations, load_catalogue

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: Parsed every minute by the DAG processor; a folder that takes long takes all DAGs down with it.
BUDGET_SECONDS = 1.0


@pytest.fixture(scope="module")
def folder() -> dict[str, Any]:
    """What a process without network and database finds in ``dags/``; the best of three readings."""
    readings = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, str(HERE / "dag_folder.py")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        readings.append(json.loads(done.stdout.splitlines()[-1]))
    return min(readings, key=lambda r: r["seconds"])


@pytest.fixture(scope="module")
def dags(folder: dict[str, Any]) -> dict[str, Any]:
    return {d["dag_id"]: d for d in folder["dags"]}


def test_the_whole_folder_is_read_within_its_budget(folder: dict[str, Any]) -> None:
    assert folder["seconds"] < BUDGET_SECONDS


def test_reading_imports_nothing_heavy(folder: dict[str, Any]) -> None:
    assert folder["modules"] == []


def test_each_declared_feed_has_its_dag_and_no_other_has(dags: dict[str, Any]) -> None:
    assert {d for d in dags if d.startswith("feed__")} == {f"feed__{feed}" for feed in load_catalogue()}


def test_a_feed_runs_at_its_own_cadence_in_the_city_s_time(dags: dict[str, Any]) -> None:
    for feed_id, feed in load_catalogue().items():
        dag = dags[f"feed__{feed_id}"]
        assert (dag["schedule"], dag["timezone"]) == (feed.schedule, "Asia/Shanghai")
        assert dag["owner"] == feed.owner
        assert {feed.domain, feed.protocol, feed.cadence} <= set(dag["tags"])
        assert {"refresh", "reconcile", "announce"} <= set(dag["params"])


def test_what_holds_for_every_dag(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert dag["catchup"] is False, dag["dag_id"]
        assert dag["max_active_runs"] == 1, dag["dag_id"]
        assert dag["owner"] not in (None, "", "airflow"), dag["dag_id"]
        assert all((dag["description"], dag["tags"])), dag["dag_id"]
        assert all(task["retries"] >= 1 for task in dag["tasks"].values()), dag["dag_id"]


def test_of_the_feeds_that_wait_the_longest_begins_first(dags: dict[str, Any]) -> None:
    declared = declarations()
    tasks = {feed: dags[f"feed__{feed}"]["tasks"]["load"] for feed in declared}
    assert {task["weight_rule"] for task in tasks.values()} == {"absolute"}
    assert sorted(tasks, key=lambda feed: (-tasks[feed]["priority"], feed)) == longest_first(
        declared, declared
    )


def test_no_task_defers(dags: dict[str, Any]) -> None:
    """A hub that runs one day starts no triggerer: a task that defers would wait in it for ever."""
    assert not [d["dag_id"] for d in dags.values() for task in d["tasks"].values() if task["defers"]]


def test_a_folder_read_without_the_hub_s_settings_names_no_executor(dags: dict[str, Any]) -> None:
    assert {task["executor"] for d in dags.values() for task in d["tasks"].values()} == {None}


def test_feeds_signal_the_merge_through_assets(dags: dict[str, Any]) -> None:
    for feed_id in load_catalogue():
        tasks = dags[f"feed__{feed_id}"]["tasks"]
        assert tasks["load"]["outlets"] == [f"hub://feed/{feed_id}", f"alias to_publish__feed__{feed_id}"]
        assert tasks["load"]["retries"] == 3


def test_the_gate_stands_before_and_after_the_build(dags: dict[str, Any]) -> None:
    upstream = {name: task["upstream"] for name, task in dags["publish_warehouse"]["tasks"].items()}
    assert upstream == {
        "check_feeds": [],
        "build": ["check_feeds"],
        "check_marts": ["build"],
        "publish": ["check_feeds", "check_marts"],
    }


def test_each_group_of_models_is_an_asset(dags: dict[str, Any]) -> None:
    assert dags["publish_warehouse"]["tasks"]["build"]["outlets"] == ["alias built_models"]


def test_alerts_follow_every_failure_and_every_publication(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        for name, task in dag["tasks"].items():
            assert task["told_of_failure"] == ["AlertNotifier"], (dag["dag_id"], name)
    assert dags["publish_warehouse"]["tasks"]["publish"]["told_of_success"] == ["AlertNotifier"]


def test_nothing_secret_can_be_rendered_or_passed_on(dags: dict[str, Any]) -> None:
    secret = re.compile(r"password|secret|conn\.|var\.value|AIRFLOW_CONN|://[^/ ]+:[^/ ]+@", re.IGNORECASE)
    for dag in dags.values():
        for name, task in dag["tasks"].items():
            assert not secret.search(" ".join(task["templated"])), (dag["dag_id"], name)
    for path in (ROOT / "dags").glob("*.py"):
        assert not re.search(r"xcom_push|Variable\.get|get_connection", path.read_text(encoding="utf-8")), (
            path
        )


def test_dag_files_hold_no_business_logic() -> None:
    for path in (ROOT / "dags").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 120, path
        assert not re.search(r"\bselect\b .*\bfrom\b", text), path
