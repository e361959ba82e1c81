"""``python -m tests.benchmarks.loading``: landing file to committed rows, beside a bare COPY of these rows.

Both fill an empty table with the same indexes, in turn, on a server of their own. The COPY gets the rows as
CSV, cleaned and digested already. CPU is that of the client and of the server's sessions. Memory is the
client's peak.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import psutil

from connectors.catalogue import load_feed as declaration
from connectors.delivery import Delivery, LandedPart
from tests.conftest import drop_database, make_settings
from tests.support.small_city import name_of, number_of
from warehouse.intake.load_feed import load_feed
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.postgres import server

FEED = "civil_affairs__marriage"
DAY = date(2020, 5, 12)
_OFFICES = ("沈阳市和平区", "沈阳市沈河区", "沈阳市大东区", "沈阳市铁西区", "新民市", "法库县")
_PEOPLE = 100_000


@dataclass(frozen=True)
class Cost:
    """Seconds of one load: on the clock, of the client's and of the server's processors; peak in MiB."""

    rows: int
    wall: float
    client: float
    server: float
    peak: int

    @property
    def processors(self) -> float:
        return self.client + self.server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.loading", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--pairs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench loading ") as folder, _hub(Path(folder)) as settings:
        landed = Path(folder) / "landed.csv"
        _render(landed, chosen.rows)
        say(f"{FEED}: {chosen.rows:,} rows, {landed.stat().st_size / 1e6:.0f} MB, {chosen.pairs} pairs")
        say(f"{'':<10}{'rows/s':>12}{'wall s':>10}{'client CPU':>12}{'server CPU':>12}{'peak MiB':>10}")
        pairs = [_pair(settings, number, landed) for number in range(chosen.pairs)]
        speed = statistics.median(ours.rows / ours.wall / (bare.rows / bare.wall) for ours, bare in pairs)
        work = statistics.median(ours.processors / bare.processors for ours, bare in pairs)
        say(f"loader : COPY = {speed:.2f} in rows a second, {work:.2f} in CPU (medians)")
    return 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def _hub(folder: Path) -> Iterator[Settings]:
    settings = make_settings(folder)
    server.start(settings)
    try:
        yield settings
    finally:
        server.destroy(settings)


def _pair(settings: Settings, number: int, landed: Path) -> tuple[Cost, Cost]:
    """Loads the file and copies the same rows, both into a database of this pair."""
    name = f"pair_{number}"
    hub = make_settings(settings.hub_home, DATABASE_URL=server.ensure_database(name, settings))
    migrate(hub)
    rows = landed.with_name("rows.csv")
    ours = _measured(hub, _load, landed)
    _export(hub, rows)
    bare = _measured(hub, _copy, rows)
    for label, cost in (("loader", ours), ("COPY", bare)):
        say(
            f"{label:<10}{cost.rows / cost.wall:>12,.0f}{cost.wall:>10.2f}{cost.client:>12.2f}"
            f"{cost.server:>12.2f}{cost.peak:>10}"
        )
    drop_database(server.info(settings).url, name)
    return ours, bare


def _measured(hub: Settings, work: Callable[[Settings, Path], int], path: Path) -> Cost:
    """Does the work in a process of its own. A session's CPU is known to the server when it has ended."""
    before = _ended_sessions(hub)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(hub, work, path, theirs))
    child.start()
    theirs.close()
    rows, wall, client, peak = ours.recv()
    child.join()
    return Cost(rows, wall, client, _ended_sessions(hub) - before, peak)


def _work(hub: Settings, work: Callable[[Settings, Path], int], path: Path, answer: object) -> None:
    import connectors.decode.pipeline  # noqa: F401 - importing is not loading

    used, begin = _used(), time.perf_counter()
    rows = work(hub, path)
    seconds, client = time.perf_counter() - begin, _used() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    answer.send((rows, seconds, client, peak))  # type: ignore[attr-defined]


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _ended_sessions(hub: Settings) -> float:
    time.sleep(0.5)  # the server has to take note of the session that ended
    with closing(connect(hub)) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
        postmaster = psutil.Process(pid).parent()
        used = postmaster.cpu_times()
    return float(used.children_user + used.children_system)


def _load(hub: Settings, landed: Path) -> int:
    delivery = Delivery(FEED, DAY, (LandedPart("main", landed, "0" * 64, None),), "0" * 64, None)
    return load_feed(FEED, DAY, hub, puller=lambda *_: delivery).loaded


def _copy(hub: Settings, rows: Path) -> int:
    with closing(connect(hub)) as connection, connection, connection.cursor() as cursor:
        with rows.open("rb") as file:
            cursor.copy_expert("copy raw.bare from stdin (format csv)", file, size=1 << 18)
        return int(cursor.rowcount)


def _export(hub: Settings, rows: Path) -> None:
    """Writes the loaded rows as CSV and makes an empty table like theirs, with the same indexes."""
    with closing(connect(hub)) as connection, connection, connection.cursor() as cursor:
        with rows.open("wb") as file:
            cursor.copy_expert(
                f"copy (select * from raw.{FEED} order by row_no) to stdout (format csv)", file
            )
        cursor.execute(f"create table raw.bare (like raw.{FEED} including indexes)")


def _render(landed: Path, rows: int) -> None:
    """Writes a file as a pull from a front-end database lands it; one row in 200 has a wrong number."""
    chance = random.Random(1)
    people = [(number_of(number), name_of(number)) for number in range(_PEOPLE)]
    names = [column.source for column in declaration(FEED).tables[0].columns]
    with landed.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_line(names))
        for number in range(rows):
            day = date(1990, 1, 1) + timedelta(days=chance.randrange(11_000))
            told = datetime(day.year, day.month, day.day, chance.randrange(24), chance.randrange(60))
            (husband, his_name), (wife, her_name) = chance.choice(people), chance.choice(people)
            if number % 200 == 100:
                husband = husband[:-1] + ("1" if husband[-1] == "0" else "0")
            office = chance.choice(_OFFICES) + "民政局婚姻登记处"
            certificate = f"J210102-{day.year}-{number:07d}"
            kind = chance.choice("1112")
            file.write(
                _line(
                    [certificate, kind, str(day), office, husband, his_name, wife, her_name, "I", str(told)]
                )
            )


def _line(values: list[str]) -> str:
    return ",".join(f'"{value}"' for value in values) + "\n"


if __name__ == "__main__":
    sys.exit(main())
