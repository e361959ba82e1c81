"""Starts child processes that can be found again: after a crash, after SIGKILL, by another command.

Every child carries a mark of this ``HUB_HOME`` in its environment, which its own children inherit, and has a
file with its pid and start time. A process is ended only if it carries the mark, or if pid and start time are
those of the file; never by its name.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from hub.errors import StackError
from warehouse import secret_store

MARK = "HUB_STACK_MARK"
_TAIL_BYTES = 3000
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOG_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True)
class Child:
    """One process of ours. ``started`` is the kernel's start time: it tells a pid from its next user."""

    name: str
    pid: int
    started: float
    log: Path

    def process(self) -> psutil.Process | None:
        """Returns the process while it lives; a zombie counts as gone."""
        with suppress(psutil.Error):
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


class Processes:
    """The children under one ``HUB_HOME``. Files: ``run/<name>.json``; logs: ``logs/<name>.log``."""

    def __init__(self, home: Path) -> None:
        self.run_dir = home / "run"
        self.log_dir = home / "logs"
        for folder in (self.run_dir, self.log_dir):
            secret_store.private_folder(folder)
        self.mark = self._mark()

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> Child:
        """Starts a child in its own session, its output in ``logs/<name>.log``."""
        log = self.log_dir / f"{name}.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with secret_store.private_log(log, append=True) as out:
            popen = subprocess.Popen(  # noqa: S603 -- our own commands
                list(command),
                env={**_speaking(env), MARK: self.mark},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,  # what it writes is for our user only
            )
        child = Child(name, popen.pid, psutil.Process(popen.pid).create_time(), log)
        self._file(name).write_text(
            json.dumps({"pid": child.pid, "started": child.started}), encoding="utf-8"
        )
        return child

    def find(self, name: str) -> Child | None:
        """Returns the child of that name if it lives, whoever started it."""
        try:
            record = json.loads(self._file(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        child = Child(name, int(record["pid"]), float(record["started"]), self.log_dir / f"{name}.log")
        return child if child.process() else None

    def is_missing(self, name: str) -> bool:
        """Tells whether a child of that name was started, not stopped, and lives no more."""
        return self._file(name).exists() and self.find(name) is None

    def stop(self, names: Sequence[str], patience: float = 15.0) -> None:
        """Asks the named children to end, all at once, and kills those that still live after ``patience``
        seconds.
        """
        asked: list[psutil.Process] = []
        for name in names:
            child = self.find(name)
            process = child.process() if child else None
            if process is not None:
                asked += _tree(process)
                with suppress(psutil.Error):
                    process.send_signal(signal.SIGTERM)
            self._file(name).unlink(missing_ok=True)
        _, left = psutil.wait_procs(asked, timeout=patience)
        _kill(left)

    def sweep(self) -> int:
        """Ends every process that carries this home's mark or is in its files; returns how many there
        were.
        """
        names = [path.stem for path in self.run_dir.glob("*.json") if self.find(path.stem)]
        found = len(self._marked())
        self.stop(names, patience=5.0)
        _kill(self._marked())
        for path in self.run_dir.glob("*.json"):
            path.unlink(missing_ok=True)
        return found

    def _marked(self) -> list[psutil.Process]:
        """Returns our processes by their mark, except this one and its parents."""
        own = {os.getpid(), *(p.pid for p in psutil.Process().parents())}
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid not in own and process.environ().get(MARK) == self.mark:
                    found.append(process)
        return found

    def _mark(self) -> str:
        path = self.run_dir / "mark"
        if not path.exists():
            path.write_text(uuid.uuid4().hex, encoding="utf-8")
        return path.read_text(encoding="utf-8").strip()

    def _file(self, name: str) -> Path:
        return self.run_dir / f"{name}.json"


def _speaking(env: Mapping[str, str]) -> dict[str, str]:
    """Sets UTF-8 for a child: it writes Chinese into its log, whatever the starter's terminal can show."""
    return {**{n: v for n, v in env.items() if n != "PYTHONIOENCODING"}, "PYTHONUTF8": "1"}


def tail(path: Path) -> str:
    """Returns the end of a log, for a message."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace")
    return ""


def wait_until(ready: Callable[[], bool], seconds: float, what: str, child: Child | None = None) -> None:
    """Polls ``ready`` for up to ``seconds``.

    Raises ``StackError`` with the end of the child's log when it died or time is up.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        died = child is not None and child.process() is None
        if died or time.monotonic() > deadline:
            why = "ended by itself" if died else f"was not ready after {seconds:.0f} s"
            log = f"; end of {child.log}:\n{tail(child.log)}" if child else ""
            raise StackError(f"{what} {why}{log}")
        time.sleep(0.2)


def run_to_end(name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path, log_dir: Path) -> None:
    """Runs a command to its end, with its output in its log. Raises ``StackError`` if it fails."""
    log = log_dir / f"{name}.log"
    with secret_store.private_log(log, append=True) as out:
        done = subprocess.run(  # noqa: S603 -- our own commands
            list(command),
            env=_speaking(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            umask=0o077,
        )
    if done.returncode != 0:
        raise StackError(f"{name} failed with {done.returncode}; end of {log}:\n{tail(log)}")


def end_with_parent() -> None:
    """Makes the kernel kill this child as soon as its parent is gone; pass it as ``preexec_fn``.

    Linux only.

    A killed task must not leave a build behind: the next attempt would run beside it.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def stoppable() -> Iterator[None]:
    """Makes TERM and HUP end the block like Ctrl-C does, so that what it started is stopped."""

    def interrupt(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def python() -> str:
    """Returns the interpreter of this environment."""
    return sys.executable


def _tree(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return [process]


def _kill(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(list(processes), timeout=10)
