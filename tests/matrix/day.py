"""``python -m tests.matrix.day``: one day of a stand-in city through every room but Airflow, then verified.

The tasks are those of the DAGs, called one after the other: the same feeds over the same protocols, gates,
dbt build and publication, without half a minute of processes that only start each other. Settings come from
the environment, as for ``make run``. Exit code 0 when the day is exact, else 1.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse import server
from warehouse.migrate import migrate
from warehouse.settings import Settings
from warehouse.stack import city, ledger, tasks
from warehouse.stack.errors import TruthDiffers
from warehouse.stack.processes import Processes
from warehouse.stack.verify import verify


def main() -> int:
    settings = city.own_home(Settings.from_env())
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _departments(settings):
        for feed_id in _in_order(ledger.pending(settings.as_of, settings)):
            queries = ledger.declarations()[feed_id]["mode"] == "query_reply"
            tasks.load(feed_id, settings.as_of, queries=queries, refresh=False)
        _publish(settings)
        try:
            verify(settings, say)
        except TruthDiffers as error:
            say(str(error))
            return 1
    return 0


@contextmanager
def _departments(settings: Settings) -> Iterator[None]:
    """Database and stand-in city for the length of a block."""
    processes = Processes(settings.hub_home)
    server.start(settings)
    try:
        migrate(settings)
        for name, value in city.wait(settings, city.start(settings, processes)).items():
            os.environ.setdefault(name, value)
        yield
    finally:
        processes.stop([city.NAME], patience=6.0)
        server.stop(settings)


def _in_order(feeds: list[str]) -> list[str]:
    """Who may be asked about comes first, the questions last."""
    declared = ledger.declarations()
    return sorted(feeds, key=lambda f: (f != ledger.AUTHORISATION, declared[f]["mode"] == "query_reply", f))


def _publish(settings: Settings) -> None:
    from expectations.gate import check_feeds, check_marts

    day, checked = settings.as_of, ledger.batches_digest(settings.as_of, settings)
    _passed(check_feeds(day, settings))
    tasks.build(day)
    _passed(check_marts(day, settings))
    if tasks.publish(day, checked) is None:
        raise SystemExit("a feed arrived after the check")


def _passed(result: object) -> None:
    if not getattr(result, "ok", False):
        raise SystemExit(f"a gate refused: {getattr(result, 'errors', result)}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
