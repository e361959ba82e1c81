"""``docs/extend/a-feed.md``, taken step by step in a copy of the tree, brings a delivery into a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.docs.page_steps import EXTEND, copy_of_the_project, skip_if_taken, steps, take
from tests.support.dbt import run_dbt
from tests.support.protocol_servers import SftpServer
from warehouse.settings import Settings

FEED = "housing__heating_subsidy"
DAY = "2020-05-05"
SERVED = "/fc/heating/20200505/GNBT_20200505.csv"
STAGING = f"stg_{FEED}"

_LOAD = f"""
from datetime import date
from warehouse.intake.load_feed import load_feed
from warehouse.settings import Settings
done = load_feed("{FEED}", date.fromisoformat("{DAY}"), Settings.from_env())
print(done.outcome, done.received, done.loaded, done.duplicate, done.quarantined)
"""
_CHECK = f"""
import json
from datetime import date
from connectors.catalogue import load_catalogue
from expectations.gate import check_feeds
from warehouse.settings import Settings
feed = load_catalogue()["{FEED}"]
found = check_feeds(date.fromisoformat("{DAY}"), Settings.from_env(), catalogue={{"{FEED}": feed}})
print(json.dumps([[f.check, f.severity] for f in found.failures]))
"""

_CITY = f"""
import json, sys
from datetime import date
from pathlib import Path
import polars as pl
from sandbox.city import build_city
city = build_city(Path(sys.argv[1]), 1, 0.002, date(2020, 5, 12))
rows = pl.read_parquet(city.table("{FEED}")).filter(pl.col("subsidy_no").str.starts_with("SN"))
classes = sorted(rows["subsidy_class"].unique())
print(json.dumps([rows["subsidy_no"].n_unique(), rows["id_number"].null_count(), classes]))
"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Newcomer:
    """What there is after the steps: a copy of the tree with the feed, and the database with its rows."""

    tree: Path
    settings: Settings
    env: dict[str, str]
    loaded: str

    def run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=self.tree, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout


def query(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _environment(settings: Settings, server: SftpServer) -> dict[str, str]:
    there = server.connection()
    given = {
        "conn_type": "sftp", "host": there.host, "port": there.port, "login": there.login,
        "password": there.password, "extra": there.extra,
    }  # fmt: skip
    return {
        **os.environ,
        "HUB_HOME": str(settings.hub_home),
        "DATABASE_URL": settings.database_url or "",
        "HUB_PERSON_KEY": settings.person_key,
        "AIRFLOW_CONN_FC_SFTP": json.dumps(given),
    }


@pytest.fixture(scope="module")
def newcomer(hub_db: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    skip_if_taken("connectors/feeds/housing/heating_subsidy")
    folder = tmp_path_factory.mktemp("a new feed")
    tree = copy_of_the_project(folder / "project")
    served = folder / "served"
    served.mkdir()
    server = SftpServer(served)
    try:
        env = _environment(hub_db, server)
        page = steps(EXTEND / "a-feed.md")
        for number in (1, 2, 3, 4, 5):
            take(page[number], tree, env)
        sample = tree / "connectors" / "feeds" / "housing" / "heating_subsidy" / "sample" / "main.csv"
        server.put(SERVED, sample.read_bytes())
        loading = Newcomer(tree, hub_db, env, "")
        said = loading.run("-c", _LOAD)
        take(page[6], tree, env)
        yield Newcomer(tree, hub_db, env, said.strip())
    finally:
        server.close()


def test_the_delivery_is_loaded_and_balanced(newcomer: Newcomer) -> None:
    assert newcomer.loaded == "loaded 7 5 0 2"
    (row,) = query(
        newcomer.settings,
        "select status, rows_received, rows_loaded, rows_duplicate, rows_quarantined from ops.feed_batches "
        f"where feed_id = '{FEED}'",
    )
    assert row == ("loaded", 7, 5, 0, 2)


def test_the_derived_staging_model_has_the_rows_that_are_in_force(newcomer: Newcomer, tmp_path: Path) -> None:
    run_dbt(
        newcomer.settings, tmp_path, "build", "--vars", f"{{as_of: '{DAY}'}}",
        "--select", "stg_current_batches", STAGING, project=newcomer.tree / "dbt_project",
    )  # fmt: skip
    found = query(
        newcomer.settings,
        "select subsidy_no, subsidy_class, subsidy_amount::text, granted_on::text "
        f"from staging.{STAGING} order by 1",
    )
    assert found == [
        ("GN2019-001", "full", "1280.00", "2019-11-05"),
        ("GN2019-002", "half", "640.00", "2019-11-05"),
        ("GN2019-004", "full", None, "2019-11-06"),
        ("GN2019-005", "half", "640.00", "2019-11-07"),
        ("GN2019-007", "half", "640.00", None),
    ]


def test_the_gate_has_checks_for_it(newcomer: Newcomer) -> None:
    """Two of seven rows were set aside: that is more than the defaults let pass without a word."""
    failed = json.loads(newcomer.run("-c", _CHECK).splitlines()[-1])
    assert ["quarantine_share", "warning"] in failed
    checked = query(
        newcomer.settings, f"select distinct check_name from ops.check_results where feed_id = '{FEED}'"
    )
    assert {"volume_min", "required_filled", "codes_known", "key_unique"} <= {name for (name,) in checked}


def test_airflow_has_a_dag_for_it(newcomer: Newcomer) -> None:
    folder = json.loads(newcomer.run("tests/dags/dag_folder.py").splitlines()[-1])
    (dag,) = (d for d in folder["dags"] if d["dag_id"] == f"feed__{FEED}")
    assert (dag["schedule"], dag["owner"]) == ("18 2 5 * *", "housing-desk")


def test_its_line_of_the_household_report_is_as_the_house_wants_it(newcomer: Newcomer) -> None:
    line = (
        "tests/dbt/test_project_files.py::test_the_report_has_a_line_for_every_source_of_facts_about_people"
    )
    assert "1 passed" in newcomer.run("-m", "pytest", "-p", "no:cacheprovider", line)


def test_the_stand_in_city_invents_rows_for_it(newcomer: Newcomer, tmp_path: Path) -> None:
    numbers, nobody, classes = json.loads(newcomer.run("-c", _CITY, str(tmp_path)).splitlines()[-1])
    assert (numbers, nobody) == (4, 0)
    assert set(classes) <= {"full", "half"}


def test_the_derived_files_are_those_of_the_declaration(newcomer: Newcomer) -> None:
    assert newcomer.run("-m", "connectors.catalogue.dbt_sources", "--check") == ""
