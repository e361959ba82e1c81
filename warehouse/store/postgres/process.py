"""Finds, waits for and ends the processes of one data folder."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

_STEP = 0.05


def recorded_pid(data: Path) -> int | None:
    """Returns the postmaster's pid from its own file; None if there is no readable file."""
    try:
        first = (data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0]
        return int(first)
    except (OSError, ValueError):
        return None


def recorded_port(data: Path) -> int | None:
    """Returns the port the running server listens on, from its own file; None if the file does not say."""
    try:
        return int((data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")[3])
    except (OSError, ValueError, IndexError):
        return None


def postmaster(data: Path) -> int | None:
    """Returns the pid of the living postmaster of this data folder, or None, whether or not it answers.

    Its pid file may be missing, or name a pid that another process has by now; so the processes are examined.
    Processes it has started call themselves ``postgres: ...``; one that has not yet is its child.
    """
    heads = [pid for pid in server_pids(data) if not _is_worker(pid)]
    return next((pid for pid in heads if _parent(pid) not in heads), None)


def _is_worker(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().startswith(b"postgres: ")
    except OSError:
        return True  # gone meanwhile


def _parent(pid: int) -> int:
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        return int(fields.rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def server_pids(data: Path) -> list[int]:
    """Returns the pid of every living process that works inside the data folder: postmaster, workers,
    backends.
    """
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _works_in(entry, data)
    ]


def _works_in(entry: Path, data: Path) -> bool:
    try:
        state = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
        if state in "ZX" or "postgres" not in (entry / "comm").read_text(encoding="utf-8", errors="replace"):
            return False
        return (entry / "cwd").readlink() == data.resolve()
    except (OSError, IndexError):
        return False  # gone meanwhile, or somebody else's


def end_orphans(data: Path, patience: float = 5.0) -> None:
    """Ends backends that outlived a killed postmaster; no new server may start beside them."""
    for sign in (None, signal.SIGQUIT, signal.SIGKILL):
        pids = server_pids(data)
        for pid in pids if sign is not None else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign or 0)
        if wait_gone(data, patience):
            return


def wait_gone(data: Path, patience: float) -> bool:
    """Waits up to ``patience`` seconds for the last process of the folder to end."""
    deadline = time.monotonic() + patience
    while server_pids(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(_STEP)
    return True
