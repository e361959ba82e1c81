"""Runs a child process and measures what it took: wall, CPU, peak memory of each process, bytes written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from hub.processes import end_with_parent
from warehouse.settings import PROJECT_ROOT

#: Seconds between two looks at the memory of a child and its own children.
EVERY = 0.2
#: The last line of a child's output that begins so is its answer.
ANSWER = "answer: "
_KIB = 1024


class ChildFailed(RuntimeError):
    """A measured process did not succeed; the message has the end of its output."""


@dataclass(frozen=True)
class Measured:
    """Figures of one child with all its descendants. Seconds, bytes; ``peaks``: MiB by kind of process.

    ``written`` counts what reached the disk layer (``write_bytes`` of ``/proc/<pid>/io``).
    """

    wall: float
    cpu: float
    written: int
    peaks: dict[str, float]
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def peak(self) -> float:
        """Returns the MiB of the largest process."""
        return max(self.peaks.values(), default=0.0)


class PeakSampler(threading.Thread):
    """Looks at the processes that ``find`` names and remembers the peak of each kind in MiB."""

    def __init__(
        self,
        find: Callable[[], list[psutil.Process]],
        size: Callable[[int], float],
        label: Callable[[psutil.Process], str],
        every: float = EVERY,
    ) -> None:
        super().__init__(daemon=True)
        self.peaks: dict[str, float] = {}
        self._find, self._size, self._label, self._every = find, size, label, every
        self._over = threading.Event()

    def run(self) -> None:
        """Looks until it is stopped."""
        while not self._over.is_set():
            self.look()
            self._over.wait(self._every)

    def look(self) -> None:
        """Takes one sample. A process may end at any moment."""
        for process in self._find():
            with suppress(psutil.Error, OSError, ValueError):
                name = self._label(process)
                self.peaks[name] = max(self.peaks.get(name, 0.0), self._size(process.pid))

    def stop(self) -> dict[str, float]:
        """Ends the thread and returns the peaks."""
        self._over.set()
        self.join()
        return {name: round(value, 1) for name, value in self.peaks.items() if value}


def high_water(pid: int) -> float:
    """Returns the peak resident memory of a living process in MiB (``VmHWM``); the kernel keeps it."""
    return _field(Path(f"/proc/{pid}/status"), "VmHWM:") / _KIB


def private_memory(pid: int) -> float:
    """Returns the memory that a process shares with no other, in MiB (``smaps_rollup``)."""
    path = Path(f"/proc/{pid}/smaps_rollup")
    return (_field(path, "Private_Clean:") + _field(path, "Private_Dirty:")) / _KIB


def _field(path: Path, name: str) -> int:
    """Returns a number of KiB from a file of ``/proc``; 0 if it has no such line (a kernel thread)."""
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def written_bytes(pid: int | str = "self") -> int:
    """Returns ``write_bytes`` of a process and of its children that have ended and were waited for."""
    for line in Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def label_of(process: psutil.Process) -> str:
    """Returns a short name of a Python process: the module or script that it runs."""
    words = process.cmdline()
    if "-m" in words[:-1]:
        place = words.index("-m") + 1
        return " ".join([words[place], *[w for w in words[place + 1 : place + 2] if w.isidentifier()]])
    return Path(next((w for w in words[1:] if not w.startswith("-")), process.name())).name[:40]


def run(command: Sequence[str], env: Mapping[str, str], log: Path) -> Measured:
    """Runs a command to its end and measures it. Raises ``ChildFailed`` with the end of its output.

    Its output goes to ``log``. CPU and bytes are those of all descendants that were waited for.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    before_io = written_bytes()
    before = os.times()
    with log.open("wb") as out:
        begin = time.monotonic()
        child = subprocess.Popen(
            command, env=dict(env), cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, preexec_fn=end_with_parent,
        )  # fmt: skip
        sampler = PeakSampler(lambda: family(child.pid), high_water, label_of)
        sampler.start()
        try:
            code = child.wait()
            wall = time.monotonic() - begin
        except BaseException:
            child.terminate()
            child.wait()
            raise
        finally:
            peaks = sampler.stop()
    after = os.times()
    text = log.read_text(encoding="utf-8", errors="replace")
    if code != 0:
        raise ChildFailed(f"{' '.join(command[:6])} ended with {code}; end of {log}:\n{text[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Measured(wall, cpu, written_bytes() - before_io, peaks, _answer(text))


def python_module(module: str, *arguments: str) -> list[str]:
    """Returns the command that runs a module of this project with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def give_answer(**values: Any) -> None:
    """Writes a child's answer where ``run`` finds it."""
    sys.stdout.write(f"\n{ANSWER}{json.dumps(values, default=str)}\n")
    sys.stdout.flush()


def _answer(text: str) -> dict[str, Any]:
    lines = [line for line in text.splitlines() if line.startswith(ANSWER)]
    found: dict[str, Any] = json.loads(lines[-1].removeprefix(ANSWER)) if lines else {}
    return found


def family(pid: int) -> list[psutil.Process]:
    """Returns a process with all its descendants, none if it has ended."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []
