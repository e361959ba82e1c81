"""``python -m tests.benchmarks.suite``: what the hub costs, stage by stage, and how far it is from its goals.

``make bench [SCALE=0.1]`` calls it. Data are made once for each scale; results.json, results.md and
results.svg lie beside them. ``STAGES=load,core`` and ``LINES=load-copy`` measure a part. Exit code 0 if
everything asked for was measured, met or not; 1 if something was not.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import Any

from hub.processes import stoppable
from tests.benchmarks.suite import data, databases, machine, plot, progress, stages, table
from tests.benchmarks.suite.bench import Bench, Figures
from tests.benchmarks.suite.goals import Goal, Line, Result, load_goals
from tests.benchmarks.suite.lines import orchestration
from tests.benchmarks.suite.options import Options, parse
from tests.benchmarks.suite.processes import ChildFailed
from tests.benchmarks.suite.registry import GROUPS
from warehouse.store.connect import rows
from warehouse.store.postgres import server

_EXPECTED = (ChildFailed, RuntimeError, OSError, AssertionError, LookupError, ValueError)


def main(given: list[str] | None = None) -> int:
    """Measures what was asked for, writes the results and prints the table."""
    goals = load_goals()
    options = parse(given, tuple(goals), os.environ)
    options.folder.mkdir(parents=True, exist_ok=True)
    settings = databases.settings_of(options)
    say = progress.clock()
    with stoppable(), server.running(settings):
        bench = Bench(options, settings, say)
        say(f"scale {options.scale:g} in {options.folder}")
        results: dict[str, Any] = {
            "scale": options.scale,
            "seed": options.seed,
            "command": command(options),
            "machine": machine.describe(settings, options.folder),
            "load_before": machine.load_average(),
        }
        data.ensure(options, settings, say)
        results["rows"] = _received(bench)
        results["stages"] = _stages(bench)
        lines = _lines(bench, goals)
        bench.drop("load", "parts", "plain", "again", "bare", stages.DAYS)
    results |= {
        "load_after": machine.load_average(),
        "lines": [line.as_json() for line in lines],
        "extra": bench.extra,
    }
    _write(options, results, lines)
    failed = [name for name, row in results["stages"].items() if "error" in row]
    failed += [line.goal.line for line in lines if line.verdict == "not measured"]
    say(f"results: {options.folder}/results.json, results.md, results.svg")
    if failed:
        say(f"not measured: {', '.join(failed)}")
    return 1 if failed else 0


def command(options: Options) -> str:
    """Returns how to measure the same again."""
    names = ("STAGES", "LINES", "PAIRS", "BUILD_PAIRS")
    more = [f"{name}={shlex.quote(os.environ[name])}" for name in names if os.environ.get(name)]
    return " ".join(["make bench", f"SCALE={options.scale:g}", *more])


def _received(bench: Bench) -> int:
    loaded = bench.settings.with_database(server.info(bench.settings).url_for(databases.LOADED))
    return int(rows(loaded, "select coalesce(sum(rows_received), 0) from ops.feed_batches", ())[0][0])


def _stages(bench: Bench) -> dict[str, dict[str, Any]]:
    found = {}
    for name in bench.options.stages:
        bench.say(f"stage {name}")
        try:
            found[name] = stages.row_of(_stage(bench, name))
        except _EXPECTED as error:
            bench.say(f"  {name} failed: {error}")
            found[name] = {"error": _short(error)}
    return found


def _stage(bench: Bench, name: str) -> Figures:
    if name in stages.SELECTED:
        return stages.part_of_build(bench, name)
    if name == "orchestration":
        return orchestration.through_airflow(bench)
    measure = {
        "pull": stages.pull,
        "decode": stages.decode,
        "load": stages.load,
        "gate": stages.gate,
        "publish": stages.publish,
    }[name]
    return measure(bench)


def _lines(bench: Bench, goals: dict[str, Goal]) -> list[Line]:
    found: dict[str, Result] = {}
    for group in GROUPS:
        wanted = [g for g in group.lines if bench.options.wants(g, goals[g].from_scale)]
        if not wanted:
            continue
        bench.say(f"lines {', '.join(wanted)}")
        try:
            measured = group.measure(bench)
        except _EXPECTED as error:
            bench.say(f"  failed: {error}")
            measured = dict.fromkeys(wanted, Result.missing(_short(error)))
        found |= {line: measured[line] for line in wanted}
        for line in wanted:
            one = Line(goals[line], found[line])
            bench.say(f"  {line}: {one.measured} (goal {goals[line].bound}), {one.verdict}")
    return [Line(goal, found[line]) for line, goal in goals.items() if line in found]


def _short(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:200]


def _write(options: Options, results: dict[str, Any], lines: list[Line]) -> None:
    page = table.page(results, lines)
    text = json.dumps(results, indent=1, ensure_ascii=False, default=str)
    (options.folder / "results.json").write_text(text, encoding="utf-8")
    (options.folder / "results.md").write_text(page, encoding="utf-8")
    title = f"Goals at scale {options.scale:g}, {results['machine']['at']}, {results['machine']['commit']}"
    (options.folder / "results.svg").write_text(plot.svg(lines, title), encoding="utf-8")
    sys.stdout.write(f"\n{page}\n")


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
