"""``python -m tests.histories``: long random histories, each compared with rebuilds from scratch.

Exit code 0 when no history showed a difference, else 1. Nothing outside a temporary folder is touched.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.conftest import drop_database, make_settings
from tests.histories.build import Dbt
from tests.histories.compare import Outcome, live_and_compare
from tests.histories.history import History
from warehouse import server
from warehouse.migrate import migrate
from warehouse.settings import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--days", type=int, default=15)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--compare-every", type=int, default=4, help="builds between two comparisons")
    chosen = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="histories ") as folder:
        log, outcomes = _live_all(chosen, Path(folder))
    differing = [line for outcome in outcomes for line in outcome.differences]
    say(f"{len(outcomes)} histories of {chosen.days} days in {time.monotonic() - begin:.0f} s")
    say(f"builds {sum(o.builds for o in outcomes)}, compared {sum(len(o.compared) for o in outcomes)}")
    say(", ".join(f"{what} {count}" for what, count in sorted(log.items())))
    say("\n".join(differing) or "incremental equals full everywhere")
    return 1 if differing else 0


def _live_all(chosen: argparse.Namespace, folder: Path) -> tuple[Counter[str], list[Outcome]]:
    base = make_settings(folder)
    server.start(base)
    try:
        log: Counter[str] = Counter()
        outcomes, dbt = [], None
        for seed in range(chosen.first_seed, chosen.first_seed + chosen.count):
            # one name for all of them: dbt's manifest knows the database by it
            settings = make_settings(folder, DATABASE_URL=fresh_database(base, "history"))
            migrate(settings)
            dbt = dbt or Dbt(folder, settings)
            dbt.seed(settings)
            history = History(seed, chosen.days, settings)
            outcomes.append(live_and_compare(history, dbt, chosen.compare_every, say))
            log += history.log
        return log, outcomes
    finally:
        server.destroy(base)


def fresh_database(base: Settings, name: str) -> str:
    """URL of an empty database; one of that name is dropped."""
    server.ensure_database(name, base)
    drop_database(server.info(base).url_for("postgres"), name)
    return server.ensure_database(name, base)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
