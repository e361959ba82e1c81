"""A full run through Airflow beside the same steps run bare; ``make run`` beside an earlier commit."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.suite import data, databases, processes, stages
from tests.benchmarks.suite.bench import Bench, Figures
from tests.benchmarks.suite.goals import Result
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.postgres import server

#: The commit that the issue's figures are about.
BASELINE = "a3a5d3f"
_DEFAULT_SCALE = "0.02"


def through_airflow(bench: Bench) -> Figures:
    """Runs the day by Airflow in a home of its own that has the city already."""

    def measure() -> Figures:
        home = bench.options.folder / "airflow"
        settings = _new_home(bench, home)
        server.start(settings)
        try:
            apart = replace(bench, settings=settings)
            env = {
                "SEED": str(bench.options.seed), "CITY_FROM": bench.options.day.isoformat(), "SANDBOX": "1",
            }  # fmt: skip
            found = apart.work("through_airflow", settings, env=env)
        finally:
            _destroy(settings)
        return replace(found, wall=found.answer["day"])

    return stages.once(bench, "orchestration", measure)


def measure(bench: Bench) -> dict[str, Result]:
    """Compares with the steps run bare: as many loads at once, then the steps of the first day."""
    airflow = through_airflow(bench)
    on = bench.database("bare", databases.MIGRATED)
    with data.city(bench.options, bench.settings) as connections:
        bare = bench.work("load_from_city", on, env=connections)
    bench.drop("bare")
    for figures in stages.full_day(bench).values():
        bare = bare.and_then(figures)
    by_stage = ", ".join(f"{k} {v:.0f}" for k, v in airflow.answer["seconds"].items())
    note = f"{airflow.wall:.0f} s against {bare.wall:.0f} s; by Airflow: {by_stage}"
    return {"orchestration": Result(airflow.wall / bare.wall, note)}


def make_run(bench: Bench) -> dict[str, Result]:
    """Runs ``make run`` of this checkout and of the issue's commit in turn, each with an empty home."""
    former = bench.folder("baseline")
    archive = subprocess.run(["git", "archive", BASELINE], cwd=PROJECT_ROOT, capture_output=True, check=False)
    if archive.returncode != 0:
        return {"make-run": Result.missing(f"the commit {BASELINE} is not in this clone")}
    shutil.rmtree(former)
    former.mkdir()
    subprocess.run(["tar", "-x"], cwd=former, input=archive.stdout, check=True)
    ratios, note = [], ""
    for _ in range(bench.options.build_pairs):
        ours, theirs = (_whole_run(bench, tree) for tree in (PROJECT_ROOT, former))
        ratios.append(ours / theirs)
        note = f"{ours:.0f} s against {theirs:.0f} s of {BASELINE}"
    return {"make-run": Result.of_pairs(ratios, note)}


def _whole_run(bench: Bench, tree: Path) -> float:
    home = bench.options.folder / "make-run"
    shutil.rmtree(home, ignore_errors=True)
    settings = Settings.from_env({"HUB_HOME": str(home), "SCALE": _DEFAULT_SCALE})
    env = databases.environment(settings, bench.options.day, PYTHONPATH=str(tree), SANDBOX="1")
    command = ["env", f"--chdir={tree}", *processes.python_module("warehouse", "run")]
    try:
        found = processes.run(command, env, bench.options.folder / "logs" / f"run-{tree.name}.log")
    finally:
        _destroy(settings)
    bench.say(f"  make run of {tree.name}: {found.wall:.0f} s")
    return found.wall


def _new_home(bench: Bench, home: Path) -> Settings:
    shutil.rmtree(home, ignore_errors=True)
    settings = Settings.from_env(
        {"HUB_HOME": str(home), "SCALE": f"{bench.options.scale:g}", "AS_OF": bench.options.day.isoformat()}
    )
    (home / "sandbox").mkdir(parents=True)
    for city in (bench.settings.hub_home / "sandbox").glob("city-*"):
        shutil.copytree(city, home / "sandbox" / city.name)
    return settings


def _destroy(settings: Settings) -> None:
    server.destroy(settings)
    shutil.rmtree(settings.hub_home, ignore_errors=True)
