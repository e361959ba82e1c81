"""Somebody who reads the marts all the while, in transactions of several statements."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable
from multiprocessing.synchronize import Event
from pathlib import Path

import psycopg2

from tests.faults.content import digest, marts


class Readers:
    """``count`` processes that write each state of the marts they saw, with how often, to a file each.

    A server that is down is tried again: readers outlive it.
    """

    def __init__(self, url: str, folder: Path, count: int = 2) -> None:
        context = multiprocessing.get_context("forkserver")
        self._stop = context.Event()
        self._files = [folder / f"reader-{number}" for number in range(count)]
        self._processes = [
            context.Process(target=_read, args=(url, file, self._stop), daemon=True) for file in self._files
        ]

    def __enter__(self) -> Readers:
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for process in self._processes:
            process.join()

    def seen(self) -> Counter[str]:
        """States by their digest, after the ``with``; ``waited`` are reads that met a lock."""
        assert all(process.exitcode == 0 for process in self._processes), "a reader died"
        found: Counter[str] = Counter()
        for file in self._files:
            for line in file.read_text(encoding="utf-8").splitlines():
                state, count = line.split()
                found[state] += int(count)
        return found


def mixed(seen: Counter[str], whole: Iterable[str]) -> int:
    """How many reads were of no publication as a whole, or had to wait for one."""
    known = set(whole)
    return sum(count for state, count in seen.items() if state not in known)


def _read(url: str, file: Path, stop: Event) -> None:
    seen: Counter[str] = Counter()
    connection = None
    while not stop.is_set():
        try:
            if connection is None or connection.closed:
                connection = psycopg2.connect(url, options="-c lock_timeout=2000", connect_timeout=5)
                connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection, connection.cursor() as cursor:
                seen[digest(marts(cursor))] += 1
        except psycopg2.errors.LockNotAvailable:
            seen["waited"] += 1
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            connection = None
            time.sleep(0.02)  # the server is down or recovering
    file.write_text("".join(f"{state} {count}\n" for state, count in seen.items()), encoding="utf-8")
