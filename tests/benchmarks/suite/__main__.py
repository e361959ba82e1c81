"""``python -m tests.benchmarks.suite``: what the hub costs, stage by stage, and how far it is from its goals.

``make bench [SCALE=0.1]`` calls it. Data are made once for each scale; results.json, results.md and
results.svg lie beside them. ``STAGES=load,core`` and ``LINES=load-copy`` measure a part. Exit code 0 if
everything asked for was measured, met or not; 1 if something was not.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
import sys
from collections.abc import Iterator
from typing import Any

from hub.processes import stoppable
from tests.benchmarks.suite import data, databases, machine, plot, progress, stages, table
from tests.benchmarks.suite.bench import Bench, Figures
from tests.benchmarks.suite.goals import Goal, Line, Result, load_goals
from tests.benchmarks.suite.lines import orchestration
from tests.benchmarks.suite.options import Options, parse
from tests.benchmarks.suite.registry import GROUPS
from warehouse.store.connect import rows
from warehouse.store.postgres import server


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
        results |= {"rows": _received(bench), "stages": {}, "extra": bench.extra}
        lines: list[Line] = []
        page = _write(options, results, lines)
        for _ in itertools.chain(_stages(bench, results["stages"]), _lines(bench, goals, lines)):
            # what is measured is kept, whatever happens to the rest
            page = _write(options, results, lines)
        bench.drop("load", "parts", "plain", "again", "bare", stages.DAYS)
    sys.stdout.write(f"\n{page}\n")
    say(f"results: {options.folder}/results.json, results.md, results.svg")
    failed = [name for name, row in results["stages"].items() if "error" in row]
    failed += [line.goal.line for line in lines if line.verdict == "not measured"]
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


def _stages(bench: Bench, found: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Measures the stages and stops after each."""
    for name in bench.options.stages:
        bench.say(f"stage {name}")
        try:
            found[name] = stages.row_of(_stage(bench, name))
        except Exception as error:  # the other stages are measured all the same
            bench.say(f"  {name} failed: {error}")
            found[name] = {"error": _short(error)}
        yield


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


def _lines(bench: Bench, goals: dict[str, Goal], lines: list[Line]) -> Iterator[None]:
    """Measures the lines, keeps them in the order of the goals, and stops after each group."""
    order = list(goals)
    for group in GROUPS:
        wanted = [g for g in group.lines if bench.options.wants(g, goals[g].from_scale)]
        if not wanted:
            continue
        bench.say(f"lines {', '.join(wanted)}")
        try:
            measured = group.measure(bench)
        except Exception as error:
            bench.say(f"  failed: {error}")
            measured = dict.fromkeys(wanted, Result.missing(_short(error)))
        for line in wanted:
            one = Line(goals[line], measured[line])
            lines.append(one)
            bench.say(f"  {line}: {one.measured} (goal {goals[line].bound}), {one.verdict}")
        lines.sort(key=lambda one: order.index(one.goal.line))
        yield


def _short(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:200]


def _write(options: Options, results: dict[str, Any], lines: list[Line]) -> str:
    results |= {"load_after": machine.load_average(), "lines": [line.as_json() for line in lines]}
    page = table.page(results, lines)
    text = json.dumps(results, indent=1, ensure_ascii=False, default=str)
    (options.folder / "results.json").write_text(text, encoding="utf-8")
    (options.folder / "results.md").write_text(page, encoding="utf-8")
    title = f"Goals at scale {options.scale:g}, {results['machine']['at']}, {results['machine']['commit']}"
    (options.folder / "results.svg").write_text(plot.svg(lines, title), encoding="utf-8")
    return page


if __name__ == "__main__":
    os.umask(0o077)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what was measured until now is kept\n")
        sys.exit(130)
