"""Several histories one after the other, on a server of this process."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import drop_database, make_settings
from tests.histories.build import Dbt
from tests.histories.compare import Outcome, live_and_compare
from tests.histories.history import History
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server


def live_all(seeds: Sequence[int], days: int, compare_every: int) -> tuple[Counter[str], list[Outcome]]:
    """What happened in the histories of ``seeds``, and what became of each."""
    log: Counter[str] = Counter()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="histories ") as temporary:
        folder = Path(temporary)
        base = make_settings(folder)
        server.start(base)
        dbt = None
        try:
            for seed in seeds:
                # one name for all of them: dbt's manifest knows the database by it
                settings = make_settings(folder, DATABASE_URL=fresh_database(base, "history"))
                migrate(settings)
                dbt = dbt or Dbt(folder, settings)
                dbt.seed(settings)
                history = History(seed, days, settings)
                outcomes.append(live_and_compare(history, dbt, compare_every, say))
                log += history.log
        finally:
            server.destroy(base)
    return log, outcomes


def fresh_database(base: Settings, name: str) -> str:
    """URL of an empty database; one of that name is dropped."""
    server.ensure_database(name, base)
    drop_database(server.info(base).url_for("postgres"), name)
    return server.ensure_database(name, base)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
