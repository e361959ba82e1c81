"""How Airflow is set up on this machine."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2
import pytest

from hub import airflow
from hub.settings import HubSettings
from warehouse.settings import Settings

EXECUTORS = Path(airflow.__file__).parent / "executors.py"
GIB = 1024**3


@dataclass(frozen=True)
class Memory:
    total: int


@pytest.mark.parametrize(
    ("processors", "memory", "tasks"), [(1, 64, 4), (2, 24, 4), (4, 24, 8), (64, 256, 16), (16, 8, 5)]
)
def test_the_tasks_at_once_are_those_the_machine_bears(
    monkeypatch: pytest.MonkeyPatch, processors: int, memory: int, tasks: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(processors)))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(memory * GIB))
    assert airflow.parallelism() == tasks


def test_the_executors_of_the_settings_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(airflow.METADATA, "postgresql://a:b@nowhere.example/airflow")
    env = airflow.environment(HubSettings.from_env({"HUB_HOME": str(tmp_path)}), {})
    feeds, gate = env["AIRFLOW__CORE__EXECUTOR"].split(",")
    alias, _, gate = gate.partition(":")
    assert alias == env["HUB_GATE_EXECUTOR"]
    for name in (feeds, gate):
        assert f"class {name.removeprefix('hub.executors.')}(" in EXECUTORS.read_text(encoding="utf-8")


def test_a_schema_is_migrated_once_for_a_version_and_a_database(
    fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = str(fresh_hub.database_url)
    airflow.home(fresh_hub).mkdir(parents=True, exist_ok=True)
    note = airflow.home(fresh_hub) / "migrated"
    note.write_text(str(airflow._schema_of(url)), encoding="utf-8")
    # a database without a schema is never up to date
    assert not airflow._is_migrated(fresh_hub, url)
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("create table alembic_version (version_num text)")
        cursor.execute("insert into alembic_version values ('abc')")
    # somebody else made the schema: it is looked at
    assert not airflow._is_migrated(fresh_hub, url)
    note.write_text(str(airflow._schema_of(url)), encoding="utf-8")
    assert airflow._is_migrated(fresh_hub, url)
    monkeypatch.setattr(airflow, "version", lambda name: "9.9.9")
    assert not airflow._is_migrated(fresh_hub, url)
