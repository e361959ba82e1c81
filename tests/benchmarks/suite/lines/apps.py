"""What the applications feel: the typical queries, and the check at intake. Other benchmarks measure them."""

from __future__ import annotations

import importlib.util

from tests.benchmarks.suite import databases, processes, stages
from tests.benchmarks.suite.bench import Bench
from tests.benchmarks.suite.goals import Result

_READING = "tests.benchmarks.reading"
#: Warnings in a database of the scales 0.1 and 1; that benchmark invents them.
_SIZES = ("1000", "10000")
#: Columns of that benchmark's tables: of a size, and of the growth from one to the other.
_OF_SIZE, _OF_GROWTH = 7, 4


def reading(bench: Bench) -> dict[str, Result]:
    """Runs ``tests/benchmarks/reading`` and takes the worst query of its tables."""
    lines = ("reading-publication", "reading-growth")
    if not _is_there(f"{_READING}.__main__"):
        return dict.fromkeys(lines, Result.missing(f"there is no module {_READING}"))
    log = bench.folder("logs") / "reading.log"
    turns = str(bench.options.pairs)
    processes.run(
        processes.python_module(_READING, "--sizes", *_SIZES, "--turns", turns, "--calls", "40"),
        databases.environment(bench.settings, bench.options.day),
        log,
    )
    found = worst_queries(log.read_text(encoding="utf-8"))
    bench.extra["reading"] = {line: dict(values) for line, values in found.items()}
    return {line: _worst(found[line], bench.options.pairs) for line in lines}


def worst_queries(text: str) -> dict[str, list[tuple[str, float]]]:
    """Returns the factor of each query by line: the last column of the tables of the largest size and of the
    growth.
    """
    tables: dict[int, dict[str, float]] = {_OF_SIZE: {}, _OF_GROWTH: {}}
    for row in text.splitlines():
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        if len(cells) in tables and cells[-1].replace(".", "", 1).isdigit():
            tables[len(cells)][cells[0]] = float(cells[-1])
    return {
        "reading-publication": sorted(tables[_OF_SIZE].items(), key=lambda item: -item[1]),
        "reading-growth": sorted(tables[_OF_GROWTH].items(), key=lambda item: -item[1]),
    }


def _worst(queries: list[tuple[str, float]], turns: int) -> Result:
    if not queries:
        return Result.missing("the reading benchmark printed no table: see logs/reading.log")
    name, value = queries[0]
    return Result(value, f"worst of {len(queries)}: {name}; {' and '.join(_SIZES)} warnings", turns)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def intake(bench: Bench) -> dict[str, Result]:
    """Asks ``tests/benchmarks/intake`` for the p95 of a household of four and of ten point reads, in turn."""
    from tests.benchmarks.intake.household import measure

    stages.full_day(bench)
    found = measure(stages.days_database(bench), bench.options.pairs)
    ratios = [check / reads for check, reads in found]
    check, reads = found[len(found) // 2]
    return {"intake": Result.of_pairs(ratios, f"p95 {check:.1f} against {reads:.1f} ms, one client")}
