"""Days that bring little or nothing, against the full build; and the gate's share of a run."""

from __future__ import annotations

from datetime import timedelta

from tests.benchmarks.suite import stages
from tests.benchmarks.suite.bench import Bench, Figures
from tests.benchmarks.suite.goals import Result
from warehouse.store.connect import rows


def measure(bench: Bench) -> dict[str, Result]:
    """Runs one day after the other in one database: the first, the same again, nothing new, 1 % changed."""
    full = stages.full_day(bench)
    again = stages.day(bench, "again", bench.options.day)
    next_day = bench.options.day + timedelta(days=1)
    nothing = stages.day(bench, "nothing", next_day)
    changed = stages.day(bench, "changed", next_day + timedelta(days=1), "--changes")
    loaded = changed["load"].answer
    held = _held(bench)
    note = f"{loaded['received']:,} rows of {loaded['feeds']} deltas" + (f"; held: {held}" if held else "")
    return {
        "day-again": _line(full, again),
        "day-nothing": _line(full, nothing),
        "day-changed": _line(full, changed, note),
    }


def gate(bench: Bench) -> dict[str, Result]:
    """Measures the share of both gates in a bare run."""
    wall, whole = stages.gate(bench).wall, stages.bare_seconds(bench)
    return {"gate": Result(wall / whole, f"{wall:.1f} s of {whole:.1f} s")}


def _line(full: dict[str, Figures], other: dict[str, Figures], note: str = "") -> Result:
    """Compares the builds; the whole day, gates and publication included, stands in the note."""
    whole = [sum(day[step].wall for step in stages.STEPS) for day in (other, full)]
    cpu = other["build"].cpu / full["build"].cpu
    text = (
        f"{other['build'].wall:.1f} s of {full['build'].wall:.1f} s, CPU {cpu * 100:.0f} %; with gates and "
        f"publication {whole[0]:.1f} s of {whole[1]:.1f} s ({whole[0] / whole[1] * 100:.0f} %)"
    )
    return Result(other["build"].wall / full["build"].wall, "; ".join(filter(None, (text, note))))


def _held(bench: Bench) -> str:
    where = stages.days_database(bench)
    found = rows(where, "select distinct feed_id from ops.feed_batches where status = 'held' order by 1", ())
    return ", ".join(feed for (feed,) in found)
