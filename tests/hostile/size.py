"""``python -m tests.hostile.size``: a delimited file of 5 GB through the real loader, and the memory used.

The file is never on disk: it is written into a pipe while the loader, a process of its own, reads it. The
same is done with a tenth of it. Exit code 0 if every row is in the database and ten times the file took no
more memory than the tenth did.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import multiprocessing.connection
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from connectors.delivery import Delivery, LandedPart
from sandbox.city.ground.ids import credit_codes
from tests.conftest import make_settings
from tests.hostile.file_world import CSV, HEAD
from tests.hostile.protocol_harness import FIRST_DAY, SURNAME, id_of
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server

#: So much more may the whole file take than its tenth: allocators are not exact.
_TOLERANCE = 1.25
#: People the rows are about; as many for each cooperative.
_PEOPLE = 60_000
_COOPERATIVES = 100
_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Loaded:
    """What one file took; the peak is the loader's own resident memory in MiB."""

    rows: int
    result: LoadResult
    peak: int
    seconds: float

    def balanced(self) -> bool:
        found = self.result
        return (found.received, found.loaded, found.duplicate, found.quarantined) == (
            self.rows,
            self.rows,
            0,
            0,
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.size", description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--row-bytes", type=int, default=40_000)
    chosen = parser.parse_args()
    rows = int(chosen.gigabytes * 1e9 / chosen.row_bytes)
    if rows > _PEOPLE * _COOPERATIVES:
        parser.error("no two rows may be the same: choose longer rows or a smaller file")
    with tempfile.TemporaryDirectory(prefix="hostile size ") as folder, _hub(Path(folder)) as settings:
        tenth = _take(settings, rows // 10, chosen.row_bytes, FIRST_DAY)
        whole = _take(settings, rows, chosen.row_bytes, FIRST_DAY + timedelta(days=1))
    return 0 if tenth.balanced() and whole.balanced() and whole.peak <= tenth.peak * _TOLERANCE else 1


@contextlib.contextmanager
def _hub(folder: Path) -> Iterator[Settings]:
    settings = make_settings(folder)
    server.start(settings)
    try:
        migrate(settings)
        yield settings
    finally:
        server.destroy(settings)


def _take(settings: Settings, rows: int, row_bytes: int, day: date) -> Loaded:
    """Loads a file of so many rows in a process of its own and says what it took."""
    pipe = settings.hub_home / f"{day}.csv"
    os.mkfifo(pipe, 0o600)
    begin = time.monotonic()
    threading.Thread(target=_write, args=(pipe, rows, row_bytes), daemon=True).start()
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    loader = multiprocessing.get_context("spawn").Process(
        target=_load, args=(settings.hub_home, pipe, day, theirs)
    )
    loader.start()
    theirs.close()
    try:
        result, peak = ours.recv()
    except EOFError:
        sys.exit("the loader died")
    finally:
        loader.join()
    found = Loaded(rows, result, peak, time.monotonic() - begin)
    sys.stdout.write(
        f"{rows * row_bytes / 1e9:.2f} GB in {rows} rows: {result.loaded} loaded, "
        f"{result.duplicate} duplicate, {result.quarantined} set aside, {found.seconds:.0f} s, "
        f"peak {peak} MiB\n"
    )
    sys.stdout.flush()
    return found


def _load(home: Path, pipe: Path, day: date, answer: multiprocessing.connection.Connection) -> None:
    """The loader's process: only the way the bytes come in is a stand-in."""
    part = LandedPart("main", pipe, "0" * 64, None)
    delivery = Delivery(CSV, day, (part,), f"{day:%Y%m%d}".rjust(64, "0"), None)
    result = load_feed(CSV, day, make_settings(home), puller=lambda *_: delivery)
    answer.send((result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def _write(pipe: Path, rows: int, row_bytes: int) -> None:
    """Feeds the pipe; a loader that gave up has closed it."""
    with contextlib.suppress(BrokenPipeError), pipe.open("wb") as out:
        out.write((",".join(HEAD) + "\n").encode("gb18030"))
        block: list[bytes] = []
        for line in _lines(rows, row_bytes):
            block.append(line)
            if len(block) == _ROWS_AT_ONCE:
                out.write(b"".join(block))
                block.clear()
        out.write(b"".join(block))


def _lines(rows: int, row_bytes: int) -> Iterator[bytes]:
    """Good rows, no two about the same person and cooperative; the cooperative's name makes them long."""
    people = [id_of(number).encode() for number in range(_PEOPLE)]
    codes = [code.encode() for code in credit_codes(np.random.default_rng(1), _COOPERATIVES, "93")]
    member = f"{SURNAME}文,".encode("gb18030")
    rest = ",1000.00,存续,2015-03-02\n".encode("gb18030")
    short = len(codes[0]) + len(member) + len(people[0]) + len(rest) + 2
    name = "社".encode("gb18030") * ((row_bytes - short) // 2)
    for number in range(rows):
        person, code = people[number % _PEOPLE], codes[number // _PEOPLE]
        yield code + b"," + name + b"," + member + person + rest


if __name__ == "__main__":
    sys.exit(main())
