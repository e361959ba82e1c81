"""Kills a step in every way, runs it again, and compares with a twin that was left alone."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any, Protocol

import psycopg2

from tests.faults.content import Content, Differences, content, differences, digest, marts
from tests.faults.reader import mixed
from tests.faults.victim import End, Fault, run_step
from warehouse.settings import Settings
from warehouse.store.postgres import process, server
from warehouse.store.postgres.files import data_dir, runner

_CONTEXT = multiprocessing.get_context("forkserver")
#: Children are forked from a process that has these, and nothing else: no threads, no connections.
_CONTEXT.set_forkserver_preload(["tests.faults.victim", "tests.faults.reader"])
#: A step that takes longer than this is hanging (seconds).
PATIENCE = 120


class Killable(Protocol):
    """A step of a campaign."""

    def prepare(self, settings: Settings) -> None: ...

    def run(self, settings: Settings, watch: Any) -> None: ...


@dataclass
class Report:
    """What a campaign did and found. All but ``kills``, ``attempts`` and ``reads`` must stay empty or 0."""

    kills: Counter[str] = field(default_factory=Counter)
    reads: int = 0
    mixed: int = 0
    differences: dict[str, Differences] = field(default_factory=dict)
    not_converged: list[str] = field(default_factory=list)
    unnamed_errors: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.mixed or self.differences or self.not_converged or self.unnamed_errors)

    def add(self, found: dict[str, Differences], seen: Counter[str], states: Iterable[str]) -> None:
        """What a part of a campaign found: differences by table, and what readers saw of these states."""
        for table, difference in found.items():
            self.differences[table] = self.differences.get(table, Differences()) + difference
        self.reads += seen.total()
        self.mixed += mixed(seen, states)

    def lines(self) -> Iterable[str]:
        total = sum(self.differences.values(), Differences())
        yield f"kills: {self.kills.total()}"
        yield from (f"  {victim}: {count}" for victim, count in sorted(self.kills.items()))
        yield f"lost rows: {total.lost}"
        yield f"doubled rows: {total.doubled}"
        yield f"rows the undisturbed twin has not: {total.strange}"
        yield f"reads: {self.reads}, of them of no whole publication: {self.mixed}"
        yield f"reruns that did not converge: {len(self.not_converged)}"
        yield f"errors without a name: {len(self.unnamed_errors)}"
        yield from self.not_converged
        yield from self.unnamed_errors
        yield from (f"{table}: {found}" for table, found in sorted(self.differences.items()))


@dataclass(frozen=True)
class Twin:
    """The same steps, undisturbed: what is there afterwards, what readers may see on the way, and how many
    boundaries and seconds each step has."""

    content: Content
    states: frozenset[str]
    boundaries: list[int]
    seconds: list[float]


def undisturbed(steps: Sequence[Killable], settings: Settings) -> Twin:
    states, boundaries, seconds = {state(settings)}, [], []
    for step in steps:
        step.prepare(settings)
        begin = time.monotonic()
        end = _Attempt(step, settings, Fault()).end()
        seconds.append(time.monotonic() - begin)
        assert end is not None
        assert end.error is None, f"{step}: {end.error}"
        boundaries.append(end.boundaries)
        states.add(state(settings))
    return Twin(read(settings), frozenset(states), boundaries, seconds)


def read(settings: Settings) -> Content:
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        return content(cursor)


def state(settings: Settings) -> str:
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        return digest(marts(cursor))


class Campaign:
    """Disturbs steps on the database of ``settings``, on the embedded server of ``base``."""

    def __init__(self, base: Settings, settings: Settings, seed: int, report: Report | None = None) -> None:
        self.base = base
        self.settings = settings
        self.report = report or Report()
        self.rng = random.Random(seed)

    def boundaries(self, step: Killable, places: Iterable[int], kind: str) -> None:
        """Strikes at each of these boundaries, in their order; the next try meets what the last one left."""
        for at in places:
            postmaster = self._postmaster() if kind == "server" else 0
            attempt = _Attempt(step, self.settings, Fault(kind, at, postmaster))
            end = attempt.end()
            if end is not None and end.boundaries < at:
                return  # the step has been done: it is shorter now
            self._note(step, end)
            self.report.kills[f"{_name(step)}: {kind}"] += 1
            if kind in ("server", "backend"):
                server.start(self.base)

    def moments(self, step: Killable, count: int, seconds: float) -> None:
        """Kills the step's process ``count`` times, at random moments of the time it takes."""
        for _ in range(count):
            attempt = _Attempt(step, self.settings, Fault())
            if attempt.kill_after(self.rng.uniform(0, seconds)):
                self.report.kills[f"{_name(step)}: at a random moment"] += 1

    def finish(self, step: Killable) -> None:
        """Runs the step as if nothing had been."""
        end = _Attempt(step, self.settings, Fault()).end()
        if end is None or end.error is not None:
            self.report.not_converged.append(f"{step}: {end.error if end else 'killed'}")

    def compare(self, twin: Twin, seen: Counter[str]) -> None:
        """With the undisturbed twin: every row there is now, and every state the readers saw on the way."""
        self.report.add(differences(twin.content, read(self.settings)), seen, twin.states)

    def kill_server(self) -> None:
        os.kill(self._postmaster(), signal.SIGKILL)

    def _note(self, step: Killable, end: End | None) -> None:
        if end is not None and not end.is_known:
            self.report.unnamed_errors.append(f"{step}: {end.error}")

    def _postmaster(self) -> int:
        pid = process.recorded_pid(data_dir(self.base, runner()))
        assert pid is not None
        return pid


class _Attempt:
    """One process that runs a step."""

    def __init__(self, step: Killable, settings: Settings, fault: Fault) -> None:
        self._pipe, theirs = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=run_step, args=(step, settings, fault, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def end(self) -> End | None:
        """How it ended; None if it was killed."""
        found = _received(self._pipe) if self._pipe.poll(PATIENCE) else None
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None, "the step hangs"
        return found

    def kill_after(self, seconds: float) -> bool:
        """Whether it was still running after that time, and was killed."""
        self._process.join(seconds)
        was_alive = self._process.is_alive()
        self._process.kill()
        self._process.join(PATIENCE)
        return was_alive


def _received(pipe: Pipe) -> End | None:
    try:
        found: End = pipe.recv()
    except EOFError:
        return None
    return found


def _name(step: Killable) -> str:
    what = getattr(step, "what", "")
    return "publisher" if what == "publish" else "loader" if "__" in what else what
