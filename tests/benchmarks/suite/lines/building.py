"""The build beside its own SQL without dbt, and beside the same SQL on an in-process columnar engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from psycopg2 import sql

from tests.benchmarks.suite import compiled, databases, peers, processes, stages
from tests.benchmarks.suite.bench import Bench
from tests.benchmarks.suite.goals import Result
from tests.support.dbt import run_dbt
from warehouse.settings import Settings
from warehouse.store.connect import connect, rows

_COMPARED = ("work", "core", "candidate")
_CHECKSUM = (
    "select count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 12))::bit(48)::bigint), 0) from {} as t"
)


def plain(bench: Bench) -> dict[str, Result]:
    """Builds by the product and by plain SQL in turn, each time from nothing."""
    manifest = _compiled(bench)
    ratios, note = [], ""
    for number in range(bench.options.build_pairs):
        ours = stages.full_day(bench)["build"] if not number else _product_again(bench)
        on = bench.database("plain")
        run_dbt(on, bench.folder("seeded"), "seed", "--no-use-colors")
        theirs = bench.measure("plain", *_plain(bench, on, manifest))
        answer = theirs.answer
        ratios.append(ours.wall / answer["seconds"])
        note = (
            f"{ours.wall:.1f} s against {answer['seconds']:.1f} s, CPU {ours.cpu:.1f} s against "
            f"{theirs.cpu:.1f} s; {answer['nodes'] - len(answer['errors'])} of {answer['nodes']} nodes ran"
        )
    note += f"; {_equal(stages.days_database(bench), on)}"
    bench.extra["plain_errors"] = answer["errors"]
    bench.drop("plain")
    return {"build-plain": Result.of_pairs(ratios, note)}


def _plain(bench: Bench, on: Settings, manifest: Path) -> tuple[list[str], dict[str, str]]:
    command = processes.python_module("tests.benchmarks.suite.plain_sql", str(manifest))
    return command, databases.environment(on, bench.options.day)


def _product_again(bench: Bench) -> Any:
    found = bench.work("build", bench.database("again"))
    bench.drop("again")
    return found


def _compiled(bench: Bench) -> Path:
    """Compiles against the built first day; called before other days follow in that database."""
    manifest = bench.options.folder / "compiled" / "manifest.json"
    stages.full_day(bench)
    if "compiled" not in bench.extra:
        bench.extra["compiled"] = str(compiled.compile_all(stages.days_database(bench), manifest.parent))
        bench.say("  compiled")
    return manifest


def _equal(ours: Settings, theirs: Settings) -> str:
    """Compares the tables of both builds by count and checksum of whole rows."""
    query = "select schemaname, tablename from pg_tables where schemaname = any(%s) order by 1, 2"
    names = rows(ours, query, (list(_COMPARED),))
    different = [f"{s}.{t}" for s, t in names if _checksum(ours, s, t) != _checksum(theirs, s, t)]
    text = f"{len(names) - len(different)} of {len(names)} tables equal"
    return text + (f" (not {', '.join(different[:5])})" if different else "")


def _checksum(settings: Settings, schema: str, table: str) -> Any:
    connection = connect(settings, statement_timeout_ms=0)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("select to_regclass(%s) is not null", (f"{schema}.{table}",))
            if cursor.fetchone() != (True,):
                return None
            cursor.execute(sql.SQL(_CHECKSUM).format(sql.Identifier(schema, table)))
            return cursor.fetchone()
    finally:
        connection.close()


def columnar(bench: Bench) -> dict[str, Result]:
    """Runs the SQL of core, rules and marts on DuckDB; what it cannot run counts on neither side."""
    manifest = _compiled(bench)
    parts = [stages.part_of_build(bench, part) for part in ("core", "rules")]
    try:
        interpreter = peers.python("columnar", bench.options.home, bench.say)
    except peers.PeerMissing as error:
        return {"build-columnar": Result.missing(str(error))}
    folder = bench.folder("columnar")
    job = _job(stages.days_database(bench), compiled.read(manifest), folder)
    command = peers.command(interpreter, "columnar.py", str(job))
    found = bench.measure("columnar", command, dict(peers.environment())).answer
    bench.extra["not_on_columnar"] = found["failed"]
    seconds: dict[str, float] = {}
    for part in parts:
        seconds |= part.answer["nodes"]
    models = {key: s for key, s in seconds.items() if key.startswith("model.")}
    shared = sum(s for key, s in models.items() if key in found["seconds"])
    share = shared / sum(models.values()) if models else 1.0
    ours, theirs = sum(part.wall for part in parts) * share, sum(found["seconds"].values())
    note = (
        f"{ours:.1f} s against {theirs:.1f} s (CPU {found['cpu']:.1f} s) for {len(found['seconds'])} of "
        f"{len(found['seconds']) + len(found['failed'])} models; the product's seconds by their share of "
        f"{share * 100:.0f} %, its tests included; DuckDB has cheaper person_key and fold_name, no indexes"
    )
    return {"build-columnar": Result(ours / theirs, note)}


def _job(built: Settings, nodes: list[compiled.Node], folder: Path) -> Path:
    """Writes the SQL, and every table that the models read or make, as CSV with its types."""
    above = [n for n in nodes if n.kind == "model" and n.folder != "staging"]
    made = {n.table for n in above}
    inputs = sorted({name for n in above for name in n.reads} | made)
    job = {
        "folder": str(folder),
        "tables": {name: columns for name in inputs if (columns := _export(built, name, folder))},
        "inputs": [name for name in inputs if name not in made],
        "models": [
            {"id": n.unique_id, "table": n.table, "select": n.select, "view": n.materialized == "view"}
            for n in above
        ],
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job, ensure_ascii=False), encoding="utf-8")
    return path


def _export(built: Settings, name: str, folder: Path) -> list[tuple[str, str]]:
    """Writes one table; returns its columns and types, none if there is no such table."""
    query = (
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum"
    )
    columns = rows(built, query, (name,))
    connection = connect(built, statement_timeout_ms=0)
    try:
        if columns:
            with (folder / f"{name}.csv").open("wb") as out, connection, connection.cursor() as cursor:
                table = sql.Identifier(*name.split(".", 1))
                cursor.copy_expert(
                    sql.SQL("copy (select * from {}) to stdout (format csv, header, null '\\N')").format(
                        table
                    ),
                    out,
                )
    finally:
        connection.close()
    return [(column, kind) for column, kind in columns]
