"""Commands that keep the hub up and load past days."""

from __future__ import annotations

import time
from datetime import date

from connectors.catalogue.load import declarations
from connectors.catalogue.schedule import days_between
from connectors.errors import DeclarationError
from hub import airflow, city_process, stack
from hub.errors import GateFailed
from hub.run_day import RunMonitor, follow_publication, load_feeds
from hub.settings import HubSettings
from hub.stack import Say
from warehouse.intake import day_status
from warehouse.publication import state
from warehouse.store.postgres import server


def up(settings: HubSettings, say: Say) -> None:
    """Starts the hub and leaves it running (``make up``)."""
    city_process.refuse_other_days(settings)
    with stack.exclusive(settings):
        if stack.is_up(settings):
            say(f"up already, about {stack.running_as_of(settings)}: {airflow.url(settings)}")
            return
        running = stack.up(settings, say, keep=True)
    where = server.info(settings)
    say(f"up. Airflow: {running.client.url}, user admin, password in {airflow.password_file(settings)}")
    say(f"database: {where.host}:{where.port}/{where.database}, user {where.user}. 'make down' stops it all.")


def backfill(
    settings: HubSettings,
    feed_id: str,
    first: date,
    last: date,
    say: Say,
    *,
    refresh: bool = False,
    reconcile: bool = False,
) -> None:
    """Loads a feed for every day it was due in a range, then publishes the newest day (``make backfill``).

    Running it again changes nothing: a loaded day stays as it is, unless ``refresh``, or ``reconcile``, which
    reads a delta's whole source and compares. Starts the hub if it is down.

    Raises ``DeclarationError`` for an unknown feed or a range without a due day, ``GateFailed`` if a delivery
    is held.
    """
    declared = declarations()
    if feed_id not in declared:
        raise DeclarationError(f"no feed {feed_id!r}; 'make status' and connectors/feeds/ know them")
    if first > last:
        raise DeclarationError(f"FROM={first} is later than TO={last}")
    # a one-day range means that day, also for a feed that was not due on it
    days = days_between(declared[feed_id]["schedule"], first, last) or ([first] if first == last else [])
    if not days:
        raise DeclarationError(
            f"{feed_id} was not due between {first} and {last} ({declared[feed_id]['schedule']})"
        )
    with stack.running(settings, say) as running:
        # published once, at the end, not once for every day
        conf: dict[str, object] = {"refresh": refresh, "reconcile": reconcile, "announce": False}
        _load_days(running, feed_id, days, declared, say, conf)


def _load_days(
    running: stack.Stack,
    feed_id: str,
    days: list[date],
    declared: dict[str, dict[str, object]],
    say: Say,
    conf: dict[str, object],
) -> None:
    settings = running.settings
    begin = time.monotonic()
    for day in days:
        needed = [feed_id]
        if declared[feed_id][
            "mode"
        ] == "query_reply" and day_status.AUTHORISATION in day_status.pending_feeds(day, settings):
            needed.append(day_status.AUTHORISATION)
        say(f"{feed_id} {day}")
        load_feeds(RunMonitor(settings, running.client, say), day, needed, conf)
    newest = max(state.last_published(settings) or settings.as_of, days[-1])
    say(f"days loaded: {len(days)}, in {time.monotonic() - begin:.0f} s; publishing {newest}")
    follow_publication(RunMonitor(settings, running.client, say), newest, wait=False)
    for table, at_source, missed, gone, note in day_status.reconciliations(feed_id, days, settings):
        say(f"  {table}: {at_source} keys at the source, {missed} rows missed, {gone} gone there {note}")
    if held := day_status.held_days(feed_id, days, settings):
        raise GateFailed(
            f"{feed_id}: the gate holds what it delivered, the data before it stays in force:\n"
            + "\n".join(f"  {day}: {reason}" for day, reason in held)
            + "\n  ask for a corrected delivery, then load it with REFRESH=1"
        )
