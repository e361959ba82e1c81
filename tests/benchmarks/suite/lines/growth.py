"""Five times the data: load and build at this scale and at a fifth of it, in one run."""

from __future__ import annotations

from dataclasses import replace

from tests.benchmarks.suite import data, databases, stages
from tests.benchmarks.suite.bench import Bench, Figures
from tests.benchmarks.suite.goals import Result
from warehouse.store.postgres import server


def measure(bench: Bench) -> dict[str, Result]:
    """Builds the smaller data if need be, measures it, and compares."""
    options = replace(bench.options, scale=round(bench.options.scale / 5, 6))
    settings = databases.settings_of(options)
    with server.running(settings):
        data.ensure(options, settings, bench.say)
        small = _work(Bench(options, settings, bench.say))
    large = _work(bench)
    peaks = [max(v for k, v in f.peaks.items() if not k.startswith("postgres")) for f in (small, large)]
    note = f"{large.wall:.1f} s against {small.wall:.1f} s; CPU × {large.cpu / small.cpu:.2f}"
    return {
        "five-times": Result(large.wall / small.wall, note),
        "five-times-memory": Result(peaks[1] / peaks[0], f"{peaks[1]:.0f} MiB against {peaks[0]:.0f} MiB"),
    }


def _work(bench: Bench) -> Figures:
    return stages.load(bench).and_then(stages.full_day(bench)["build"])
