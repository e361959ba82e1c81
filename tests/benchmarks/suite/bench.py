"""What stages and lines share: the options, the server, and one way to run and measure a piece of work."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.benchmarks.suite import data, databases, processes, server_figures
from tests.benchmarks.suite.options import Options
from tests.benchmarks.suite.progress import Say
from warehouse.settings import Settings

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Figures:
    """What one piece of work took, of the client's processes and of the server. Seconds, bytes, MiB."""

    wall: float
    client_cpu: float
    server_cpu: float
    client_written: int
    server_written: int
    wal: int
    peaks: dict[str, float]
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        """Returns the CPU seconds of both sides."""
        return self.client_cpu + self.server_cpu

    def and_then(self, other: Figures) -> Figures:
        """Returns the figures of two pieces one after the other."""
        names = self.peaks.keys() | other.peaks.keys()
        return Figures(
            self.wall + other.wall,
            self.client_cpu + other.client_cpu,
            self.server_cpu + other.server_cpu,
            self.client_written + other.client_written,
            self.server_written + other.server_written,
            self.wal + other.wal,
            {name: max(self.peaks.get(name, 0.0), other.peaks.get(name, 0.0)) for name in sorted(names)},
            {**self.answer, **other.answer},
        )


@dataclass
class Bench:
    """One run. ``kept``: figures that several lines use; ``extra``: more for ``results.json``."""

    options: Options
    settings: Settings
    say: Say
    kept: dict[str, Figures] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def work(
        self,
        what: str,
        on: Settings,
        *arguments: str,
        day: date | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Figures:
        """Runs one piece of ``work.py`` on a database and measures both sides."""
        day = day or self.options.day
        command = processes.python_module(
            "tests.benchmarks.suite.work", what,
            "--record", str(data.record_path(self.options)), "--day", day.isoformat(), *arguments,
        )  # fmt: skip
        return self.measure(what, command, databases.environment(on, day, **(env or {})))

    def measure(self, name: str, command: list[str], env: dict[str, str]) -> Figures:
        """Runs a command and measures it and the server beside it."""
        log = self.options.folder / "logs" / f"{next(_numbers):03d}-{name}.log"
        with server_figures.watched(self.settings) as beside:
            own = processes.run(command, env, log)
        self.say(f"  {name}: {own.wall:.1f} s")
        return Figures(
            own.wall, own.cpu, beside.cpu, own.written, beside.written, beside.wal,
            {**own.peaks, **beside.peaks}, own.answer,
        )  # fmt: skip

    def database(self, name: str, template: str = databases.LOADED) -> Settings:
        """Makes a database of this run from a template."""
        return databases.copy(self.settings, f"bench_{name}", template)

    def drop(self, *names: str) -> None:
        """Drops databases of this run."""
        for name in names:
            databases.drop(self.settings, f"bench_{name}")

    def folder(self, name: str) -> Path:
        """Makes a folder of this scale."""
        made = self.options.folder / name
        made.mkdir(parents=True, exist_ok=True)
        return made
