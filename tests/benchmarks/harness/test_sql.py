"""The SQL of the models without dbt, and on the columnar engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.benchmarks.peers import columnar
from tests.benchmarks.suite import compiled

#: What the models use and the engines write differently: dates, patterns, ordered texts, evidence as JSON.
_MODEL = """
with cases as (
    select
        id_number,
        cast('2020-05-12' as date) - start_date as days,
        cast(start_date + make_interval(years => 1) as date) as a_year_later,
        jsonb_strip_nulls(jsonb_build_object('case', case_id, 'from', cast(start_date as text))) as evidence
    from "work"."int_case"
    where regexp_like(id_number, '^[0-9]{17}[0-9X]$')
)
select
    core.person_key(id_number) as person_id,
    max(days) as days,
    max(a_year_later) as a_year_later,
    string_agg(distinct id_number collate "C", ',' order by id_number collate "C") as numbers,
    jsonb_agg(distinct evidence order by evidence) as evidence
from cases
group by 1
"""


def test_a_model_runs_on_the_columnar_engine() -> None:
    database = duckdb.connect()
    for schema in ("work", "core", "ops"):
        database.execute(f"create schema {schema}")
    for stand_in in columnar._STAND_INS:
        database.execute(stand_in)
    database.execute(
        "create table work.int_case as "
        "select '21010219600101100X' as id_number, date '2020-05-02' as start_date, 'C1' as case_id "
        "union all select 'no number', date '2020-05-02', 'C2'"
    )
    ((_, days, later, numbers, evidence),) = database.execute(columnar.translate(_MODEL)).fetchall()
    assert (days, str(later)[:10], numbers) == (10, "2021-05-02", "21010219600101100X")
    assert json.loads(evidence) == [{"case": "C1", "from": "2020-05-02"}]


@pytest.mark.parametrize(
    ("kind", "there"),
    [("jsonb", "json"), ("character varying(20)", "character varying(20)"), ("date", "date")],
)
def test_a_type_has_a_name_there(kind: str, there: str) -> None:
    assert columnar.kind_of(kind) == there


def node(name: str, *needs: str, **more: Any) -> dict[str, Any]:
    config = {"enabled": True, "materialized": "table", **more}
    return {
        "resource_type": "model", "schema": "work", "alias": name, "database": "hub",
        "path": f"facts/{name}.sql",
        "compiled_code": f'select * from "hub"."work"."x" -- {name}', "config": config,
        "depends_on": {"nodes": [f"model.p.{n}" for n in needs]},
    }  # fmt: skip


def test_what_is_written_into_others_is_no_node_and_is_looked_through(tmp_path: Path) -> None:
    nodes = {
        "model.p.a": node("a", "between"),
        "model.p.between": node("between", "z", materialized="ephemeral"),
        "model.p.z": node("z", unlogged=True, indexes=[{"columns": ["id", "day"], "unique": True}]),
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes, "sources": {}}), encoding="utf-8")
    first, second = compiled.read(path)
    assert (first.name, second.name) == ("z", "a")
    assert second.needs == {"model.p.z"}
    assert second.reads == {"work.z"}
    assert compiled.statements(first) == [
        "drop table if exists work.z cascade",
        'create unlogged table work.z as\nselect * from "work"."x" -- z',
        "create unique index on work.z (id, day)",
        "analyze work.z",
    ]
