"""A dbt statement that fails writes no person into a log, an artefact or onto the terminal."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hub.build import run
from hub.errors import StackError
from hub.processes import Processes
from tests.support.fakes import rows_of
from warehouse.settings import Settings
from warehouse.store.postgres import server

pytestmark = pytest.mark.slow
NUMBER, NAME = "210102196001011233", "欧阳震华"
_MODELS = {
    "checked": "{{ config(materialized='incremental') }} select id, name from planted.person",
    "filled": "{{ config(materialized='incremental') }} select id, null::text as name from planted.person",
    "once": "{{ config(materialized='incremental') }} select id, name from planted.person",
    "cast_date": "{{ config(materialized='table') }} select name::date as born from planted.person",
    "cast_number": "{{ config(materialized='table') }} select name::numeric as n from planted.person",
    "too_large": "{{ config(materialized='table') }} select id::integer as n from planted.person",
    "by_function": "{{ config(materialized='table') }} select planted.born(name) as born from planted.person",
    "divided": "{{ config(materialized='table') }} select 1 / (length(id) - 18) as n from planted.person",
}
_TABLES = f"""
    create schema planted;
    create table planted.person (id text, name text);
    insert into planted.person values ('{NUMBER}', '{NAME}');
    create table planted.checked (id text, name text, constraint planted_check check (name = ''));
    create table planted.filled (id text, name text not null);
    create table planted.once (id text unique, name text);
    insert into planted.once table planted.person;
    create function planted.born(words text) returns date language plpgsql as 'begin return words::date; end';
"""
_PROFILE = """
planted:
  target: here
  outputs:
    here:
      type: postgres
      host: "{{ env_var('HUB_PG_HOST') }}"
      port: "{{ env_var('HUB_PG_PORT') | int }}"
      user: "{{ env_var('HUB_PG_USER') }}"
      password: "{{ env_var('DBT_ENV_SECRET_PG_PASSWORD') }}"
      dbname: "{{ env_var('HUB_PG_DATABASE') }}"
      schema: planted
      threads: 2
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in the place of the hub's: every model of it fails on the same person."""
    root = tmp_path_factory.mktemp("root")
    folder = root / "dbt_project"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(
        "name: planted\nprofile: planted\nflags:\n  send_anonymous_usage_stats: false\n", encoding="utf-8"
    )
    (folder / "profiles.yml").write_text(_PROFILE, encoding="utf-8")
    for name, statement in _MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(statement, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def planted(hub_db: Settings) -> Settings:
    """The hub with the person, and with tables that refuse it."""
    rows_of(hub_db, _TABLES)
    return hub_db


def test_a_failing_build_says_which_model_and_nobody(
    planted: Settings, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_LOG_LEVEL", "debug")
    with pytest.raises(StackError) as caught:
        run.build(planted.as_of, planted, folder=project / "dbt_project")
    written = [path for path in planted.hub_home.rglob("*") if path.is_file()]
    names = {path.name for path in written}
    assert {"dbt-build.log", "dbt.log", "run_results.json"} <= names
    for path in written:
        content = path.read_text(encoding="utf-8", errors="replace")
        for secret in (NUMBER, NAME, json.dumps(NAME).strip('"'), "Failing row"):
            assert secret not in content, path.name
    assert NAME not in str(caught.value)
    results = json.loads(
        (planted.hub_home / "dbt" / "target" / "run_results.json").read_text(encoding="utf-8")
    )
    said = {result["unique_id"].rpartition(".")[2]: result["message"] for result in results["results"]}
    assert said.keys() == _MODELS.keys()
    assert 'violates check constraint "planted_check"' in said["checked"]
    assert 'null value in column "name"' in said["filled"]
    assert "duplicate key" in said["once"]
    assert 'invalid input syntax for type date: "***"' in said["cast_date"]
    assert "out of range for type integer" in said["too_large"]
    for path in written:
        if "dbt" in path.relative_to(planted.hub_home).as_posix():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    for folder in ("dbt", "dbt/target", "dbt/logs", "logs"):
        assert stat.S_IMODE((planted.hub_home / folder).stat().st_mode) == 0o700


def test_the_control_writes_them(planted: Settings, project: Path, tmp_path: Path) -> None:
    """What plain dbt says of the same model, so that the test above can fail."""
    where = server.info(planted)
    env = {
        **os.environ,
        "HUB_PG_HOST": where.host,
        "HUB_PG_PORT": str(where.port),
        "HUB_PG_USER": where.user,
        "HUB_PG_DATABASE": where.database,
        "DBT_ENV_SECRET_PG_PASSWORD": where.password,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    folder = project / "dbt_project"
    command = [
        sys.executable, "-m", "dbt.cli.main", "build", "--select", "checked", "--project-dir", str(folder),
        "--profiles-dir", str(folder), "--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path),
    ]  # fmt: skip
    subprocess.run(command, env=env, cwd=folder, check=False, capture_output=True)
    assert NAME in (tmp_path / "dbt.log").read_text(encoding="utf-8")


def test_logs_of_processes_are_for_our_user_only(tmp_path: Path) -> None:
    for folder in ("logs", "run"):
        (tmp_path / folder).mkdir(mode=0o755)
    processes = Processes(tmp_path)
    written = tmp_path / "written"
    child = processes.start(
        "writes", [sys.executable, "-c", f"open({str(written)!r}, 'w').close()"], os.environ, tmp_path
    )
    process = child.process()
    if process is not None:
        process.wait(60)
    for path, mode in ((tmp_path / "logs", 0o700), (tmp_path / "run", 0o700), (written, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
