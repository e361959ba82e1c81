"""What the PostgreSQL server took meanwhile: CPU, bytes written, log written, private memory of a backend."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg2

from tests.benchmarks.suite.processes import PeakSampler, private_memory, written_bytes
from warehouse.errors import ServerError
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.postgres.files import data_dir, runner
from warehouse.store.postgres.process import postmaster

_TICKS = os.sysconf("SC_CLK_TCK")
#: Reading a backend's page tables costs it time, so it is done seldom.
_EVERY = 1.0


@dataclass
class ServerFigures:
    """CPU seconds of all backends, bytes they and the server's own processes wrote, bytes of WAL, MiB."""

    cpu: float = 0.0
    written: int = 0
    wal: int = 0
    peaks: dict[str, float] = field(default_factory=dict)


@contextmanager
def watched(settings: Settings) -> Iterator[ServerFigures]:
    """Fills the figures until the end of the block. A block that stops the server leaves no figure of WAL."""
    pid = postmaster_of(settings)
    found = ServerFigures()
    wal, cpu, written = _wal(settings), cpu_seconds(pid), _written(pid)

    def look() -> list[psutil.Process]:
        with suppress(OSError):
            found.cpu, found.written = cpu_seconds(pid) - cpu, _written(pid) - written
        return _backends(pid)

    sampler = PeakSampler(look, private_memory, _label, _EVERY)
    sampler.start()
    try:
        yield found
    finally:
        found.peaks = sampler.stop()
        look()
        with suppress(psycopg2.Error, ServerError):
            found.wal = _wal(settings) - wal


def postmaster_of(settings: Settings) -> int:
    """Returns the pid of the embedded server of a home. Raises ``RuntimeError`` if it does not run."""
    pid = postmaster(data_dir(settings, runner()))
    if pid is None:
        raise RuntimeError(f"no server runs in {settings.hub_home}")
    return pid


def cpu_seconds(pid: int) -> float:
    """Returns the CPU seconds of a server: of its backends, and of those that have ended."""
    own = _stat(pid)
    ticks = sum(own)
    for process in _backends(pid):
        with suppress(OSError):
            ticks += sum(_stat(process.pid)[:2])
    return ticks / _TICKS


def _stat(pid: int) -> list[int]:
    """Returns utime, stime, cutime and cstime in ticks."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    return [int(word) for word in text.rpartition(")")[2].split()[11:15]]


def _written(pid: int) -> int:
    """Returns the bytes; 0 where the server is another user's, whose figures the kernel does not tell."""
    total = 0
    for one in (pid, *(process.pid for process in _backends(pid))):
        with suppress(OSError):
            total += written_bytes(one)
    return total


def _backends(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return list(psutil.Process(pid).children())
    return []


def _label(process: psutil.Process) -> str:
    title = " ".join(process.cmdline())
    is_own = any(word in title for word in ("checkpointer", "writer", "launcher", "archiver", "logger"))
    return "postgres, own process" if is_own else "postgres backend (private)"


def _wal(settings: Settings) -> int:
    with closing(connect(settings, application="benchmark")) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
        row = cursor.fetchone()
        assert row
        return int(row[0])
