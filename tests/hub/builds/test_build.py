"""What a build does on a real database, with a small project: what it runs, records and forgets."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from psycopg2 import connect

from hub.build import run
from hub.errors import StackError
from tests.support.dbt import PROJECT, run_dbt
from tests.support.fakes import rows_of
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
DAY, NEXT = date(2020, 5, 12), date(2020, 5, 13)
_FILES = {
    "dbt_project.yml": """
name: small
profile: civil_affairs_hub
on-run-start: "{{ forget_built(selected_resources) }}"
models: {small: {+materialized: table}}
seeds: {small: {+schema: seeds}}
""",
    "models/sources.yml": """
sources:
- name: raw
  tables: [{name: housing__public_rental, config: {meta: {feed_id: housing__public_rental}}}]
""",
    "models/models.yml": """
models:
- name: of_rental
  columns: [{name: a, data_tests: [not_null]}]
""",
    "models/of_rental.sql": "select count(*) as a from {{ source('raw', 'housing__public_rental') }}",
    "models/of_day.sql": "select {{ as_of() }} as day, a from {{ ref('of_rental') }}",
    "models/of_seed.sql": "select 100 / share as share from {{ ref('shares') }}",
    "models/a_view.sql": "{{ config(materialized='view') }} select * from {{ ref('of_seed') }}",
    "seeds/shares.csv": "share\n5\n",
}
_MACROS = ("as_of.sql", "built.sql", "engine/tables.sql", "generate_schema_name.sql")
ALL = {"of_rental", "of_day", "of_seed", "a_view", "shares"}
TEST = "not_null_of_rental_a"
Build = Callable[..., set[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, text in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in _MACROS:
        (folder / "macros").mkdir(exist_ok=True)
        shutil.copy(PROJECT / "macros" / name, folder / "macros" / Path(name).name)
    shutil.copy(PROJECT / "profiles.yml", folder)
    return folder


@pytest.fixture
def build(fresh_hub: Settings, project: Path) -> Build:
    """Builds, and returns what was built: what is recorded with a later time than before."""

    def go(day: date = DAY) -> set[str]:
        began = rows_of(fresh_hub, "select clock_timestamp()")[0][0]
        run.build(day, fresh_hub, folder=project)
        found = rows_of(fresh_hub, "select node from ops.built_relations where built_at > %s", began)
        return {node.split(".")[2] for (node,) in found}

    return go


def test_what_is_built_is_not_built_again(build: Build, fresh_hub: Settings) -> None:
    assert build() == {*ALL, TEST}
    assert build() == set()
    said = (fresh_hub.hub_home / "logs" / "dbt-build.log").read_text(encoding="utf-8")
    assert said == "all is built for 2020-05-12 from what there is: nothing to do\n"


def test_a_new_day_builds_what_asks_for_the_day(build: Build, fresh_hub: Settings) -> None:
    build()
    assert build(NEXT) == {"of_day"}
    assert rows_of(fresh_hub, "select day from core.of_day") == [(NEXT,)]


def test_a_batch_builds_what_reads_its_feed(build: Build, fresh_hub: Settings) -> None:
    build()
    for feed, found in (
        ("housing__sale_contract", set()),
        ("housing__public_rental", {"of_rental", "of_day", TEST}),
    ):
        rows_of(
            fresh_hub,
            "insert into ops.feed_batches (batch_id, feed_id, as_of, mode, "
            "rows_received, rows_loaded, rows_duplicate, rows_quarantined, "
            "content_sha256, started_at, finished_at, status, cursor_until) "
            "values (%s, %s, %s, 'snapshot', 0, 0, 0, 0, %s, now(), now(), 'loaded', now())",
            str(uuid.uuid4()), feed, DAY, "0" * 64,
        )  # fmt: skip
        assert build() == found


def test_a_row_of_a_seed_builds_what_reads_it(build: Build, fresh_hub: Settings, project: Path) -> None:
    build()
    (project / "seeds" / "shares.csv").write_text("share\n4\n", encoding="utf-8")
    assert build() == {"shares", "of_seed", "a_view"}
    assert rows_of(fresh_hub, "select share from core.a_view") == [(25,)]


def test_another_text_builds_all(build: Build, project: Path) -> None:
    build()
    (project / "models" / "of_day.sql").write_text("select {{ as_of() }} as day", encoding="utf-8")
    assert build() == {*ALL, TEST}


def test_a_table_in_the_place_of_ours_is_built_anew(build: Build, fresh_hub: Settings) -> None:
    build()
    rows_of(fresh_hub, "drop table core.of_rental cascade; create table core.of_rental (a int)")
    assert build() == {"of_rental", "of_day", TEST}


def test_what_dbt_built_by_hand_is_built_anew(build: Build, fresh_hub: Settings, project: Path) -> None:
    build()
    target = fresh_hub.hub_home / "by hand"
    run_dbt(fresh_hub, target, "seed", "--vars", "{as_of: '2020-05-01'}", project=project)
    assert build() == {"shares", "of_seed", "a_view"}


def test_what_was_built_before_a_failure_is_not_built_again(
    build: Build, fresh_hub: Settings, project: Path
) -> None:
    build()
    (project / "seeds" / "shares.csv").write_text("share\n0\n", encoding="utf-8")
    with pytest.raises(StackError, match="division by zero"):
        build(NEXT)
    (project / "seeds" / "shares.csv").write_text("share\n2\n", encoding="utf-8")
    assert build(NEXT) == {"shares", "of_seed", "a_view"}


def test_a_crash_of_the_server_takes_the_record_with_the_tables(fresh_hub: Settings) -> None:
    """PostgreSQL empties what is unlogged after a crash: so the record must be unlogged as the models are."""
    with closing(connect(fresh_hub.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("select relpersistence from pg_class where oid = 'ops.built_relations'::regclass")
        assert cursor.fetchone() == ("u",)
