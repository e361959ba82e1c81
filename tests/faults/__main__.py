"""``python -m tests.faults``: kills every part of the hub, at every boundary and at random moments.

Exit code 0 when nothing was lost, doubled or mixed and every rerun converged, else 1. Nothing outside a
temporary folder is touched.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import make_settings
from tests.faults import building, scheduler
from tests.faults.city import Step, steps
from tests.faults.harness import Campaign, Report, Twin, undisturbed
from tests.faults.reader import Readers
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server

Way = Callable[[Campaign, Step, int, Twin], None]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dbt", type=int, default=30, metavar="KILLS")
    parser.add_argument("--airflow", type=int, default=0, metavar="KILLS", help="of Airflow's scheduler")
    chosen = parser.parse_args()
    begin = time.monotonic()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="faults ") as name:
        folder = Path(name)
        base = make_settings(folder)
        server.start(base)
        try:
            _city(base, folder, chosen.days, chosen.seed, report)
            if chosen.dbt:
                twin, disturbed = (_database(base, name, folder) for name in ("dbt_twin", "dbt_disturbed"))
                building.campaign(base, twin, disturbed, chosen.dbt, folder, report)
        finally:
            server.destroy(base)
        if chosen.airflow:
            scheduler.campaign(folder, chosen.airflow, chosen.seed, report)
    say("\n".join([*report.lines(), f"{time.monotonic() - begin:.0f} s"]))
    return 0 if report.is_clean else 1


def _city(base: Settings, folder: Path, days: int, seed: int, report: Report) -> None:
    """Loader and publisher, in two databases: struck at every boundary, and at random moments."""
    plan = steps(days)
    twin = undisturbed(plan, _database(base, "twin", folder))
    ways: tuple[tuple[str, Way], ...] = (("boundaries", _boundaries), ("moments", _moments))
    for name, way in ways:
        disturbed = _database(base, name, folder)
        campaign = Campaign(base, disturbed, seed, report)
        with Readers(str(disturbed.database_url), folder) as readers:
            for number, step in enumerate(plan):
                step.prepare(disturbed)
                way(campaign, step, number, twin)
                campaign.finish(step)
                say(f"{name}, {step}: {report.kills.total()} kills so far")
        campaign.compare(twin, readers.seen())


def _boundaries(campaign: Campaign, step: Step, number: int, twin: Twin) -> None:
    """In their order, since behind its last commit a step is done: each with a kill of the step itself, and
    every other one with another fault before."""
    others = ("server", "backend", "connection")
    for at in range(1, twin.boundaries[number] + 1):
        if (at + number) % 2:
            campaign.boundaries(step, [at], others[(at + number) // 2 % len(others)])
        campaign.boundaries(step, [at], "self")


def _moments(campaign: Campaign, step: Step, number: int, twin: Twin) -> None:
    # the first step also waited for the process the others are forked from
    campaign.moments(step, 10, min(twin.seconds[number], statistics.median(twin.seconds)))


def _database(base: Settings, name: str, folder: Path) -> Settings:
    settings = make_settings(folder / name, DATABASE_URL=server.ensure_database(name, base))
    migrate(settings)
    return settings


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
