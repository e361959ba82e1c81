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

from connectors.catalogue.load import declarations
from hub import city_process, day_steps
from hub.processes import Processes
from hub.settings import HubSettings
from sandbox.verify.comparison import TruthDiffers
from sandbox.verify.verify import verify
from warehouse.intake import day_status
from warehouse.publication import state
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server


def main() -> int:
    settings = city_process.with_own_home(HubSettings.from_env())
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _departments(settings):
        for feed_id in _in_order(day_status.pending_feeds(settings.as_of, settings)):
            queries = declarations()[feed_id]["mode"] == "query_reply"
            day_steps.load(feed_id, settings.as_of, queries=queries, refresh=False)
        _publish(settings)
        try:
            verify(settings, settings.city, say)
        except TruthDiffers as error:
            say(str(error))
            return 1
    return 0


@contextmanager
def _departments(settings: HubSettings) -> Iterator[None]:
    """Database and stand-in city for the length of a block."""
    processes = Processes(settings.hub_home)
    server.start(settings)
    try:
        migrate(settings)
        for name, value in city_process.wait(settings, city_process.start(settings, processes)).items():
            os.environ.setdefault(name, value)
        yield
    finally:
        processes.stop([city_process.NAME], patience=6.0)
        server.stop(settings)


def _in_order(feeds: list[str]) -> list[str]:
    """Who may be asked about comes first, the questions last."""
    declared = declarations()
    return sorted(
        feeds, key=lambda f: (f != day_status.AUTHORISATION, declared[f]["mode"] == "query_reply", f)
    )


def _publish(settings: Settings) -> None:
    from expectations.gate import check_feeds, check_marts

    day, checked = settings.as_of, state.batches_digest(settings.as_of, settings)
    _passed(check_feeds(day, settings))
    day_steps.build(day)
    _passed(check_marts(day, settings))
    if day_steps.publish(day, checked) is None:
        raise SystemExit("a feed arrived after the check")


def _passed(result: object) -> None:
    if not getattr(result, "ok", False):
        raise SystemExit(f"a gate refused: {getattr(result, 'errors', result)}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
