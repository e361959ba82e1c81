"""Memory of a load process for a small and a large file: ``tests/hostile/size.py`` makes and loads them."""

from __future__ import annotations

import re
import subprocess

from tests.benchmarks.suite import databases, processes
from tests.benchmarks.suite.bench import Bench
from tests.benchmarks.suite.goals import Result
from warehouse.settings import PROJECT_ROOT

_LINE = re.compile(r"^([0-9.]+) GB in .* peak ([0-9]+) MiB$", re.MULTILINE)


def measure(bench: Bench) -> dict[str, Result]:
    """Measures 100 MB and 5 GB at full scale, 50 and 500 MB below it."""
    peaks: dict[float, int] = {}
    for gigabytes in (1.0, 5.0) if bench.options.scale >= 1 else (0.5,):
        peaks |= _peaks(bench, gigabytes)
    if len(peaks) < 2:
        return dict.fromkeys(("memory-growth", "memory-peak"), Result.missing("the loader died: see its log"))
    small, large = min(peaks), max(peaks)
    note = f"{peaks[small]} MiB for {small:g} GB, {peaks[large]} MiB for {large:g} GB; without the pull"
    return {
        "memory-growth": Result(peaks[large] / peaks[small], note),
        "memory-peak": Result(float(peaks[large]), note),
    }


def _peaks(bench: Bench, gigabytes: float) -> dict[float, int]:
    """Loads a file and a tenth of it and returns the loader's peak by size in GB."""
    bench.say(f"  files of {gigabytes / 10:g} and {gigabytes:g} GB through the loader")
    log = bench.folder("logs") / f"size-{gigabytes:g}.log"
    env = databases.environment(bench.settings, bench.options.day)
    with log.open("wb") as out:
        # its exit code is a verdict of its own; the figures are what is asked for here
        subprocess.run(
            processes.python_module("tests.hostile.size", "--gigabytes", f"{gigabytes:g}"),
            env={k: v for k, v in env.items() if k not in ("HUB_HOME", "HUB_PERSON_KEY")},
            cwd=PROJECT_ROOT, stdout=out, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    found = _LINE.findall(log.read_text(encoding="utf-8", errors="replace"))
    return {float(size): int(peak) for size, peak in found}
