"""The stages of a full day, each measured by itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.benchmarks.suite import data, databases
from tests.benchmarks.suite.bench import Bench, Figures
from warehouse.settings import Settings
from warehouse.store.postgres import server

#: What dbt builds in each stage. A test runs where all it reads is built.
SELECTED = {
    "staging": ("path:models/staging", "resource_type:seed"),
    "core": tuple(f"path:models/{f}" for f in ("identity", "benefits", "linkage", "facts", "core")),
    "rules": ("path:models/rules", "path:models/marts"),
}
#: The steps of a day after its feeds are loaded, as the DAG ``publish_warehouse`` has them.
STEPS = ("check_feeds", "build", "check_marts", "publish")
#: The database in which the days follow each other.
DAYS = "days"


def once(bench: Bench, name: str, measure: Callable[[], Figures]) -> Figures:
    """Measures what several parts ask for only once."""
    if name not in bench.kept:
        bench.kept[name] = measure()
    return bench.kept[name]


def pull(bench: Bench) -> Figures:
    """Pulls all feeds again, from a city that has rendered everything before. Its own CPU is told apart."""

    def measure() -> Figures:
        folder = bench.options.folder / "pulled"
        shutil.rmtree(folder, ignore_errors=True)
        with data.city(bench.options, bench.settings) as connections:
            first = bench.work("pull", bench.settings, "--to", str(folder), env=connections)
            before = data.city_cpu(bench.settings)
            found = bench.work("pull", bench.settings, "--to", str(folder), env=connections)
            found.answer["city_cpu"] = round(data.city_cpu(bench.settings) - before, 2)
            found.answer["first_wall"] = round(first.wall, 2)
        return found

    return once(bench, "pull", measure)


def decode(bench: Bench) -> Figures:
    """Decodes all deliveries; no database takes part."""
    return once(bench, "decode", lambda: bench.work("decode", bench.settings))


def load(bench: Bench) -> Figures:
    """Loads all deliveries into an empty hub: decode is in it."""

    def measure() -> Figures:
        found = bench.work("load", bench.database("load", databases.MIGRATED))
        bench.drop("load")
        return found

    return once(bench, "load", measure)


def part_of_build(bench: Bench, stage: str) -> Figures:
    """Builds one part of the models by a dbt of its own, the parts above it before."""
    if stage not in bench.kept:
        on = bench.database("parts")
        for part, selected in SELECTED.items():
            # a test waits until all it reads is built
            bench.kept[part] = bench.work(
                "build", on, "--models", *selected, env={"DBT_INDIRECT_SELECTION": "buildable"}
            )
            bench.kept[part].answer["nodes"] = node_seconds(bench)
        bench.drop("parts")
    return bench.kept[stage]


def node_seconds(bench: Bench) -> dict[str, float]:
    """Returns the seconds of each node of the last build, where the build leaves dbt's record."""
    path = bench.settings.hub_home / "dbt" / "target" / "run_results.json"
    if not path.exists():
        return {}
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {one["unique_id"]: one["execution_time"] for one in results}


def day(bench: Bench, name: str, on: date, *loads: str) -> dict[str, Figures]:
    """Runs the steps of a day in the database of the days; ``loads`` are given to ``load`` before."""
    if f"{name}:publish" not in bench.kept:
        where = days_database(bench)
        if loads:
            bench.kept[f"{name}:load"] = bench.work("load", where, *loads, day=on)
        for step in STEPS:
            bench.kept[f"{name}:{step}"] = bench.work(step, where, day=on)
    return {key.partition(":")[2]: f for key, f in bench.kept.items() if key.startswith(f"{name}:")}


def full_day(bench: Bench) -> dict[str, Figures]:
    """Runs the steps of the first day, all rows being new."""
    if "full:publish" not in bench.kept:
        bench.database(DAYS)
    return day(bench, "full", bench.options.day)


def days_database(bench: Bench) -> Settings:
    """Returns the settings of the database in which the days follow each other."""
    return bench.settings.with_database(server.info(bench.settings).url_for(f"bench_{DAYS}"))


def gate(bench: Bench) -> Figures:
    """Runs both gates, each in a process of its own as Airflow does; their imports are in it."""
    steps = full_day(bench)
    return steps["check_feeds"].and_then(steps["check_marts"])


def publish(bench: Bench) -> Figures:
    """Publishes the first day into empty marts."""
    return full_day(bench)["publish"]


def bare_seconds(bench: Bench) -> float:
    """Returns the seconds of a whole run without Airflow, its steps one after the other."""
    steps = full_day(bench)
    return pull(bench).wall + load(bench).wall + sum(steps[step].wall for step in STEPS)


def row_of(figures: Figures) -> dict[str, Any]:
    """Returns the figures of a stage as they stand in ``results.json``."""
    return {
        "wall": round(figures.wall, 2),
        "client_cpu": round(figures.client_cpu, 2),
        "server_cpu": round(figures.server_cpu, 2),
        "client_written": figures.client_written,
        "server_written": figures.server_written,
        "wal": figures.wal,
        "peaks": figures.peaks,
        "answer": {k: v for k, v in figures.answer.items() if k != "nodes"},
    }
