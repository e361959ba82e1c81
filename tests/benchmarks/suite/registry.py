"""Which function measures which lines, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.suite.bench import Bench
from tests.benchmarks.suite.goals import Result
from tests.benchmarks.suite.lines import (
    apps,
    building,
    days,
    decoding,
    growth,
    loading,
    memory,
    orchestration,
)


@dataclass(frozen=True)
class Group:
    """Lines that are measured together."""

    lines: tuple[str, ...]
    measure: Callable[[Bench], dict[str, Result]]


GROUPS = (
    Group(("load-copy", "load-dlt", "load-to-sql"), loading.measure),
    Group(tuple(decoding.LINES), decoding.measure),
    # these three look at the first day, so they come before the days that follow it
    Group(("build-plain",), building.plain),
    Group(("build-columnar",), building.columnar),
    Group(("reading-publication", "reading-growth"), apps.reading),
    Group(("intake",), apps.intake),
    Group(("day-again", "day-nothing", "day-changed"), days.measure),
    Group(("gate",), days.gate),
    Group(("orchestration",), orchestration.measure),
    Group(("memory-growth", "memory-peak"), memory.measure),
    Group(("five-times", "five-times-memory"), growth.measure),
    Group(("make-run",), orchestration.make_run),
)
