"""Shows the state of the hub on one screen: what runs, what is published, what is wrong, and what to do about
it.

Changes nothing: opens and closes no alert, and stops a database again that it had to start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from hub import airflow
from hub.commands.operations import CONDITIONS, Say, refresh_command, release_command, replay_command
from hub.processes import Processes
from warehouse import secret_store
from warehouse.operations import alerts, held, quarantine
from warehouse.settings import Settings
from warehouse.store import access, decisions
from warehouse.store.postgres import server

PAGE = "status.html"
#: The most lines of one kind that are shown; the page shows all.
_SHOWN = 5


@dataclass(frozen=True)
class Problem:
    """Something that is wrong now.

    ``alerted``: the day since which an alert is open for it; ``suppressed_because``: why nobody is told.
    """

    condition: str
    feed_id: str
    owner: str
    message: str
    next_step: str
    alerted: date | None = None
    suppressed_because: str | None = None


@dataclass(frozen=True)
class Publication:
    as_of: date
    published_at: datetime
    #: Batches that arrived or changed since the last publication.
    newer_batches: int


@dataclass(frozen=True)
class Status:
    """What ``make status`` shows. ``publication`` and the lists are empty where there is no database yet."""

    as_of: date
    parts: list[tuple[str, str]]
    has_database: bool
    publication: Publication | None
    problems: list[Problem]
    set_aside: list[quarantine.ReasonCount]
    #: Objects open to logins that should not have access.
    access: list[str] = field(default_factory=list)


def read(settings: Settings) -> Status:
    """Reads the state of the processes and the ledger. Starts the database for this look if it is stopped."""
    if not server.was_started(settings):
        nothing = ("database", "was never started: 'make run' or 'make up' starts it")
        return Status(settings.as_of, [*_parts(settings), nothing], False, None, [], [])
    state = (
        "runs" if server.is_running(settings) else "does not run: 'make up' starts it; woken for this look"
    )
    parts = [*_parts(settings), ("database", state)]
    with (
        server.running(settings),
        decisions.transaction(settings, "hub status") as connection,
        connection.cursor() as cursor,
    ):
        return Status(
            settings.as_of,
            parts,
            True,
            _publication(cursor),
            list(_problems(cursor, settings.as_of)),
            quarantine.read_counts(cursor, quarantine.QuarantineFilter()),
            list(access.findings(cursor)),
        )


def _parts(settings: Settings) -> Iterator[tuple[str, str]]:
    processes = Processes(settings.hub_home)
    for name in ["sandbox", *airflow.component_names()]:
        child = processes.find(name)
        yield name, f"runs, pid {child.pid}" if child else "does not run"


def _publication(cursor: Cursor) -> Publication | None:
    cursor.execute(
        "select p.as_of, p.published_at, (select count(*) from ops.feed_batches as b "
        "where b.status = 'loaded' and b.rows_changed_at > p.published_at) "
        "from marts.publications as p order by p.publication_id desc limit 1"
    )
    row = cursor.fetchone()
    return Publication(*row) if row else None


def _problems(cursor: Cursor, day: date) -> Iterator[Problem]:
    named = json.dumps(alerts.named_feeds(day))
    cursor.execute("select feed_id, condition, owner, message from ops.conditions(%s, %s)", (day, named))
    found = sorted(cursor.fetchall(), key=lambda row: (CONDITIONS.index(row[1]), row[0]))
    known = {(a.feed_id, a.condition): a for a in alerts.read_open(cursor)}
    batches = {b.feed_id: b for b in reversed(held.read_held(cursor)) if not b.replaced and b.as_of <= day}
    for feed_id, condition, owner, message in found:
        alert = known.get((feed_id, condition))
        yield Problem(
            condition,
            feed_id,
            owner,
            message,
            _next_step(condition, feed_id, day, batches.get(feed_id)),
            alert.opened_for if alert else None,
            alert.suppressed if alert else None,
        )


def _next_step(condition: str, feed_id: str, day: date, batch: held.HeldBatch | None) -> str:
    if condition == "held" and batch:
        return f"{replay_command(feed_id, batch.as_of)}, or {release_command(batch.batch_id)}"
    steps = {
        "rejected": f"ask the publisher for it again, then {refresh_command(feed_id, day)}",
        "unavailable": f"make backfill FEED={feed_id} FROM={day} TO={day}",
        "failed": f"look into HUB_HOME/logs/tasks/dag_id=feed__{feed_id}, then make run",
        "volume": "make held; HUB_HOME/data_docs/index.html",
        "drift": f"make drift FEED={feed_id}",
    }
    return steps.get(condition, "make run")


def lines(status: Status) -> Iterator[str]:
    """Yields the lines of the screen."""
    for name, words in status.parts:
        yield f"{name:22} {words}"
    if not status.has_database:
        return
    yield f"{'business day':22} {_day_line(status)}"
    yield f"{'published':22} {_published_line(status.publication)}"
    rows = sum(count.rows for count in status.set_aside)
    yield f"{'set aside':22} {rows} rows" + (": make quarantine" if rows else "")
    yield f"{'logins':22} {len(status.access) or 'nothing'} to mend"
    for line in status.access[:_SHOWN]:
        yield f"    {line}"
    yield f"{'wrong now':22} {len(status.problems) or 'nothing'}"
    for condition, group in groupby(status.problems, lambda t: t.condition):
        found = list(group)
        yield f"  {condition}: {len(found)}"
        for trouble in found[:_SHOWN]:
            yield f"    {trouble.feed_id} ({trouble.owner}){_alert_note(trouble)}: {trouble.message}"
            yield f"      -> {trouble.next_step}"
        if len(found) > _SHOWN:
            yield f"    and {len(found) - _SHOWN} more: {PAGE} in HUB_HOME lists them"


def _day_line(status: Status) -> str:
    """Returns the day the look is of, and names the newest published day where that is later."""
    newest = status.publication.as_of if status.publication else status.as_of
    return f"{status.as_of}" + (f"; AS_OF={newest} shows the newest one" if newest > status.as_of else "")


def _published_line(publication: Publication | None) -> str:
    if publication is None:
        return "nothing yet: make run"
    line = f"{publication.as_of}, at {publication.published_at:%Y-%m-%d %H:%M}"
    newer = publication.newer_batches
    return line + (f"; {newer} batches came or changed since: make run" if newer else "")


def _alert_note(problem: Problem) -> str:
    if problem.suppressed_because:
        return f", suppressed: {problem.suppressed_because}"
    return f", alert since {problem.alerted}" if problem.alerted else ""


def render(status: Status) -> str:
    """Renders the same as a page that loads nothing from outside."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from connectors.catalogue.page import TEMPLATES

    own = Path(__file__).resolve().parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(own), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(published_line=_published_line, alert_note=_alert_note)
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return environment.get_template(PAGE).render(status=status, style=style)


def show(settings: Settings, say: Say) -> None:
    """Prints the screen and writes the page below ``HUB_HOME`` (``make status``)."""
    status = read(settings)
    if settings.hub_home.is_dir():
        page = settings.hub_home / PAGE
        secret_store.write_private(page, render(status))
    for line in lines(status):
        say(line)
