"""``docs/extend/a-department.md``: a variable of the environment points a feed at its department."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.catalogue import load_feed
from connectors.connections import Connection, parse
from hub import airflow
from tests.docs.page_steps import EXTEND, ROOT, Block, steps, take
from tests.support.fakes import rows_of
from tests.support.machine import on_one_machine
from tests.support.protocol_servers import SftpServer
from warehouse.settings import Settings

FEED = "public_security__migration"
VARIABLE = "AIRFLOW_CONN_GA_SFTP"
DAY = "2020-05-11"
SERVED = "/ga/migration/20200511/QYXX_20200511.csv"

_LOAD = f"""
from datetime import date
from warehouse.intake.load_feed import load_feed
from warehouse.settings import Settings
done = load_feed("{FEED}", date.fromisoformat("{DAY}"), Settings.from_env())
print(done.outcome, done.loaded)
"""

pytestmark = pytest.mark.slow


def page() -> dict[int, list[Block]]:
    return steps(EXTEND / "a-department.md")


def written_on_the_page() -> Connection:
    """What bash makes of the page's ``export``, as the hub reads it."""
    (block,) = (block for block in page()[2] if block.language == "sh")
    said = subprocess.run(
        ["bash", "-c", f'{block.text}\nprintf %s "${VARIABLE}"'], capture_output=True, text=True, check=True
    ).stdout
    return parse(said, VARIABLE)


@pytest.fixture
def department(tmp_path: Path) -> Iterator[SftpServer]:
    root = tmp_path / "department"
    root.mkdir()
    server = SftpServer(root)
    sample = ROOT / "connectors" / "feeds" / "public_security" / "migration" / "sample" / "main.csv"
    server.put(SERVED, sample.read_bytes())
    yield server
    server.close()


def as_variable(connection: Connection) -> str:
    return json.dumps({name: getattr(connection, name) for name in connection.__dataclass_fields__})


def at(department: SftpServer) -> Connection:
    """The page's connection, with the address and secrets of the department that answers here."""
    there, written = department.connection(), written_on_the_page()
    extra = {**written.extra, "host_key": there.extra["host_key"]}
    return replace(there, conn_type=written.conn_type, extra=extra)


def load(settings: Settings, connection: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "HUB_HOME": str(settings.hub_home),
        "DATABASE_URL": settings.database_url or "",
        "HUB_PERSON_KEY": settings.person_key,
        VARIABLE: connection,
    }
    command = [sys.executable, "-c", _LOAD]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_commands_of_the_page_answer_what_it_says() -> None:
    (typed,) = take(page()[1], ROOT)
    assert typed.startswith('grep -l "connection_id: ')


def test_the_connection_of_the_page_is_one_the_feed_can_use() -> None:
    assert f"AIRFLOW_CONN_{load_feed(FEED).connection_id.upper()}" == VARIABLE
    connection = written_on_the_page()
    assert connection.conn_type == load_feed(FEED).protocol
    assert (connection.port, connection.extra["timeout"]) == (22, 60)


def test_a_variable_wins_over_the_stand_in_city_for_this_connection_alone(
    fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = as_variable(written_on_the_page())
    monkeypatch.setenv(VARIABLE, ours)
    city = {VARIABLE: "sftp://city@127.0.0.1:1", "AIRFLOW_CONN_FC_SFTP": "sftp://city@127.0.0.1:2"}
    given = airflow.environment(on_one_machine(fresh_hub), city)
    assert given[VARIABLE] == ours
    assert given["AIRFLOW_CONN_FC_SFTP"] == city["AIRFLOW_CONN_FC_SFTP"]


def test_the_feed_is_loaded_from_the_department(fresh_hub: Settings, department: SftpServer) -> None:
    done = load(fresh_hub, as_variable(at(department)))
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["loaded", "5"]
    assert rows_of(fresh_hub, f"select count(*) from raw.{FEED}") == [(5,)]


def test_another_host_key_is_told_by_name_and_loads_nothing(
    fresh_hub: Settings, department: SftpServer
) -> None:
    """Somebody else answers at the address: with the key of the page, whom nobody has."""
    key = SftpServer(department.root)
    other = key.connection().extra["host_key"]
    key.close()
    wrong = replace(at(department), extra={**at(department).extra, "host_key": other})
    done = load(fresh_hub, as_variable(wrong))
    assert done.returncode != 0
    assert re.search(r"host key", done.stderr)
    assert "hub-password" not in done.stderr
    assert department.logins == 0
    assert rows_of(fresh_hub, f"select count(*) from raw.{FEED}") == [(0,)]
    outcomes = rows_of(fresh_hub, "select outcome from ops.feed_runs where feed_id = %s", FEED)
    assert outcomes == [("unavailable",)]
