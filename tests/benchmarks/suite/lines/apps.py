"""What the applications feel: the ten queries, and the check at intake. Other benchmarks measure them."""

from __future__ import annotations

import importlib
import json
from typing import Any

from tests.benchmarks.suite import stages
from tests.benchmarks.suite.bench import Bench
from tests.benchmarks.suite.goals import Result

_READING = "tests.benchmarks.reading.measure"
#: The scale that the growth of the queries is told from.
_SMALL = 0.1


def reading(bench: Bench) -> dict[str, Result]:
    """Asks ``tests/benchmarks/reading`` for the p95 of each query, alone and during a publication."""
    lines = ("reading-publication", "reading-growth")
    try:
        module = importlib.import_module(_READING)
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("tests.benchmarks.reading"):
            raise
        return dict.fromkeys(lines, Result.missing(f"there is no module {_READING}"))
    stages.full_day(bench)
    found: dict[str, dict[str, float]] = module.measure(stages.days_database(bench))
    bench.extra["reading"] = found
    worst = max(found, key=lambda name: found[name]["publishing"] / found[name]["alone"])
    note = f"worst: {worst}, {found[worst]['publishing']:.1f} against {found[worst]['alone']:.1f} ms"
    ratio = found[worst]["publishing"] / found[worst]["alone"]
    return {"reading-publication": Result(ratio, note), "reading-growth": _growth(bench, found)}


def _growth(bench: Bench, found: dict[str, dict[str, float]]) -> Result:
    path = bench.options.at(_SMALL)
    small: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    before = small.get("extra", {}).get("reading", {})
    both = [name for name in found if name in before]
    if bench.options.scale <= _SMALL or not both:
        return Result.missing(f"needs a run with SCALE=1 after one with SCALE={_SMALL:g}")
    worst = max(both, key=lambda name: found[name]["alone"] / before[name]["alone"])
    note = f"worst: {worst}, {found[worst]['alone']:.1f} against {before[worst]['alone']:.1f} ms, in two runs"
    return Result(found[worst]["alone"] / before[worst]["alone"], note)


def intake(bench: Bench) -> dict[str, Result]:
    """Asks ``tests/benchmarks/intake`` for the p95 of a household of four and of ten point reads, in turn."""
    from tests.benchmarks.intake.household import measure

    stages.full_day(bench)
    found = measure(stages.days_database(bench), bench.options.pairs)
    ratios = [check / reads for check, reads in found]
    check, reads = found[len(found) // 2]
    return {"intake": Result.of_pairs(ratios, f"p95 {check:.1f} against {reads:.1f} ms, one client")}
