"""``python -m tests.matrix``: days after days of several cities, each compared with what was planted.

A city is SEED:SCALE:CITY_FROM:FIRST DAY:DAYS, for instance ``1:0.02:2020-06-22:2020-06-24:11``. Each gets a
home of its own, runs its days one after the other with a user's commands (``run``, then ``verify``; with
``--without-airflow`` as in ``day.py``), and is cleaned away unless something differed. Exit code 0 when every
day of every city was exact, else 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Month end, 1 July, year end, and those born on 29 February who reach an age on that day or, in a year
#: without it, on the 28th.
CITIES = (
    "1:0.02:2020-05-12:2020-05-25:10",
    "2:0.02:2020-06-22:2020-06-24:11",
    "3:0.02:2020-12-20:2020-12-24:11",
    "4:0.02:2020-02-26:2020-02-26:11",
    "5:0.02:2022-02-26:2022-02-26:11",
)


@dataclass(frozen=True)
class City:
    """One row of the matrix."""

    seed: str
    scale: str
    city_from: str
    first: date
    days: int

    @classmethod
    def parse(cls, text: str) -> City:
        seed, scale, city_from, first, days = text.split(":")
        return cls(seed, scale, city_from, date.fromisoformat(first), int(days))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("cities", nargs="*", default=CITIES, metavar="SEED:SCALE:CITY_FROM:FIRST:DAYS")
    parser.add_argument("--home", type=Path, help="where the homes go; a temporary folder unless said")
    parser.add_argument("--without-airflow", action="store_true", help="call the tasks of the DAGs from here")
    parser.add_argument("--jobs", type=int, default=1, help="cities at the same time")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matrix ") as temporary, ThreadPoolExecutor(chosen.jobs) as pool:
        home = chosen.home or Path(temporary)
        inexact = sum(
            pool.map(
                lambda text: _city(City.parse(text), home / text.replace(":", "_"), chosen.without_airflow),
                chosen.cities,
            )
        )
    say("every day of every city was exact" if not inexact else f"{inexact} days were not exact")
    return 1 if inexact else 0


def _city(city: City, home: Path, without_airflow: bool) -> int:
    """Runs the days of one city; returns how many were not exact."""
    inexact = 0
    for day in (city.first + timedelta(days=n) for n in range(city.days)):
        begin = time.monotonic()
        env = {
            **os.environ, "HUB_HOME": str(home), "SEED": city.seed, "SCALE": city.scale,
            "CITY_FROM": city.city_from, "AS_OF": day.isoformat(),
        }  # fmt: skip
        ran = _hub("day" if without_airflow else "run", env)
        compared = _hub("verify", env) if ran.returncode == 0 and not without_airflow else ran
        exact = compared.returncode == 0
        inexact += not exact
        compared_at_all = ran.returncode == (1 if without_airflow else 0)
        word = "exact" if exact else "NOT EXACT" if compared_at_all else "DID NOT RUN"
        say(f"SEED={city.seed} SCALE={city.scale} CITY_FROM={city.city_from} {day}: {word}, "
            f"{_warnings(compared.stdout)} warnings, {time.monotonic() - begin:.0f} s")  # fmt: skip
        if not exact:
            say(compared.stdout[-2000:] + compared.stderr[-2000:])
    if not inexact:
        _hub("clean", {**os.environ, "HUB_HOME": str(home)})
    return inexact


def _hub(command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    if command == "clean":
        return subprocess.run(
            ["make", command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
    module = ["tests.matrix.day"] if command == "day" else ["warehouse", command]
    return subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def _warnings(table: str) -> int:
    """Found warnings in the table ``verify`` prints: rule, expected, found, missed, wrong."""
    rows = [line.split() for line in table.splitlines() if line.startswith("  warning ")]
    rows = [row for row in rows if len(row) == 6]
    return sum(int(row[3].replace(",", "")) for row in rows)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
