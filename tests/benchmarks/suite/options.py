"""The choices of one run: scale, pairs, parts, folders."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from warehouse.settings import PROJECT_ROOT

FIRST_DAY = date(2020, 5, 12)
STAGES = ("pull", "decode", "load", "staging", "core", "rules", "gate", "publish", "orchestration")


@dataclass(frozen=True)
class Options:
    """What one run measures. ``lines`` empty: every line that this scale takes."""

    scale: float
    seed: int
    home: Path
    stages: tuple[str, ...]
    lines: tuple[str, ...]
    pairs: int
    build_pairs: int

    @property
    def folder(self) -> Path:
        """Returns the folder of this scale: data, databases, results."""
        return self.home / f"{self.scale:g}"

    @property
    def hub_home(self) -> Path:
        """Returns the ``HUB_HOME`` in which everything but Airflow runs."""
        return self.folder / "hub"

    @property
    def day(self) -> date:
        """Returns the business day of the full run."""
        return FIRST_DAY

    def wants(self, line: str, from_scale: float = 0.0) -> bool:
        """Tells whether a line is measured: named, or none is named and the scale is large enough."""
        return line in self.lines if self.lines else self.scale >= from_scale


def parse(given: Sequence[str] | None, known_lines: Sequence[str], env: Mapping[str, str]) -> Options:
    """Parses the command line; the defaults come from the environment that ``make bench`` hands on."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.suite", description=__doc__)
    parser.add_argument("--scale", type=float, default=float(env.get("SCALE") or 0.1))
    parser.add_argument("--seed", type=int, default=int(env.get("SEED") or 1))
    parser.add_argument("--home", type=Path, default=Path(env.get("BENCH_HOME") or "var/bench"))
    parser.add_argument("--stages", default=env.get("STAGES", ""), help=f"of {', '.join(STAGES)}; or none")
    parser.add_argument("--lines", default=env.get("LINES", ""), help=f"of {', '.join(known_lines)}; or none")
    parser.add_argument("--pairs", type=int, default=int(env.get("PAIRS") or 3))
    parser.add_argument("--build-pairs", type=int, default=int(env.get("BUILD_PAIRS") or 1))
    chosen = parser.parse_args(given)
    stages = _names(chosen.stages, STAGES, parser, "stage")
    lines = _names(chosen.lines, known_lines, parser, "line")
    home = chosen.home if chosen.home.is_absolute() else PROJECT_ROOT / chosen.home
    return Options(
        scale=chosen.scale,
        seed=chosen.seed,
        home=home,
        # whoever names only stages wants no lines, and the other way round
        stages=stages if chosen.stages else (() if chosen.lines else STAGES),
        lines=(lines or ("none",)) if chosen.lines or chosen.stages else (),
        pairs=max(1, chosen.pairs),
        build_pairs=max(1, chosen.build_pairs),
    )


def _names(text: str, known: Sequence[str], parser: argparse.ArgumentParser, what: str) -> tuple[str, ...]:
    found = tuple(name for name in text.replace(",", " ").split() if name != "none")
    for name in found:
        if name not in known:
            parser.error(f"no {what} {name!r}; there are {', '.join(known)}")
    return found


def processors() -> int:
    """Returns how many processors this process may use."""
    return len(os.sched_getaffinity(0))
