"""The marts' SQL on DuckDB: ``columnar.py <job.json>``. sqlglot translates; what does not run is listed.

``core.person_key`` and ``ops.fold_name`` are functions of the database: cheaper stand-ins take their place.
First every model is tried on empty tables. The tables of those that fail come from PostgreSQL, so that the
others still have what they read.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

THREADS = 2
#: PostgreSQL's name -> DuckDB's, where sqlglot does not know it.
_FUNCTIONS = {"JSONB_BUILD_OBJECT": "JSON_OBJECT", "JSONB_BUILD_ARRAY": "JSON_ARRAY"}
_STAND_INS = (
    "create macro core.person_key(id) as md5(id)",
    "create macro ops.fold_name(name) as name",
    "create macro ops.is_open(status) as status in ('open', 'acknowledged', 'verifying')",
    "create macro jsonb_strip_nulls(object) as object",
    "create macro btrim(text) as trim(text)",
)
_TYPES = {
    "jsonb": "json",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
Job = dict[str, Any]


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    translated: dict[str, str] = {}
    failed: dict[str, str] = {}
    for model in job["models"]:
        try:
            translated[model["id"]] = translate(model["select"])
        except Exception as error:
            failed[model["id"]] = f"not translated: {_first_line(error)}"
    dry = _database(job, ())
    for model in job["models"]:
        if model["id"] in translated:
            try:
                dry.execute(f"drop table if exists {model['table']}")
                dry.execute(_create(model, translated[model["id"]]))
            except duckdb.Error as error:
                failed[model["id"]] = _first_line(error)
                _empty(dry, job, model["table"])
        else:
            _empty(dry, job, model["table"])
    dry.close()
    answer = _run(job, translated, failed)
    sys.stdout.write(f"\nanswer: {json.dumps(answer, ensure_ascii=False)}\n")


def _run(job: Job, translated: dict[str, str], failed: dict[str, str]) -> Job:
    stood_in = [m["table"] for m in job["models"] if m["id"] in failed]
    database = _database(job, (*job["inputs"], *stood_in))
    seconds: dict[str, float] = {}
    before = os.times()
    for model in job["models"]:
        if model["id"] in failed:
            continue
        begin = time.perf_counter()
        try:
            database.execute(_create(model, translated[model["id"]]))
            seconds[model["id"]] = time.perf_counter() - begin
        except duckdb.Error as error:
            failed[model["id"]] = _first_line(error)
            _fill(database, job, model["table"])
    after = os.times()
    cpu = after.user + after.system - before.user - before.system
    return {"seconds": seconds, "failed": failed, "cpu": cpu}


def _database(job: Job, filled: tuple[str, ...]) -> duckdb.DuckDBPyConnection:
    """Makes a database in memory with the inputs empty, or with those that are named filled."""
    database = duckdb.connect(config={"threads": THREADS})
    for schema in sorted({name.partition(".")[0] for name in job["tables"]} | {"core", "ops"}):
        database.execute(f"create schema if not exists {schema}")
    for stand_in in _STAND_INS:
        database.execute(stand_in)
    for name in filled or job["inputs"]:
        if name in job["tables"]:
            (_fill if filled else _empty)(database, job, name)
    return database


def _empty(database: duckdb.DuckDBPyConnection, job: Job, name: str) -> None:
    columns = ", ".join(f'"{column}" {kind_of(kind)}' for column, kind in job["tables"].get(name, ()))
    if columns:
        database.execute(f"create or replace table {name} ({columns})")


def _fill(database: duckdb.DuckDBPyConnection, job: Job, name: str) -> None:
    _empty(database, job, name)
    if name in job["tables"]:
        path = Path(job["folder"]) / f"{name}.csv"
        layout = "format csv, header true, delimiter ',', quote '\"', escape '\"', nullstr '\\N'"
        database.execute(f"copy {name} from '{path}' ({layout})")


def _create(model: Job, select: str) -> str:
    return f"create {'view' if model['view'] else 'table'} {model['table']} as {select}"


def kind_of(kind: str) -> str:
    """Returns DuckDB's name of a PostgreSQL type."""
    return _TYPES.get(kind, kind)


def translate(select: str) -> str:
    """Returns a query of PostgreSQL as DuckDB reads it. Raises sqlglot's error where it cannot be parsed."""
    tree = sqlglot.parse_one(select, read="postgres")
    return str(tree.transform(_node).sql(dialect="duckdb"))


def _node(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.upper() in _FUNCTIONS:
        return exp.Anonymous(this=_FUNCTIONS[node.name.upper()], expressions=node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.upper() == "JSONB_AGG":
        return exp.func("to_json", exp.Anonymous(this="list", expressions=node.expressions))
    if isinstance(node, exp.Collate):
        # texts are compared by code point there anyway
        text: exp.Expression = node.this
        return text
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.JSONB:
        return exp.DataType.build("json")
    return node


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


if __name__ == "__main__":
    main()
