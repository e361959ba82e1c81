"""One day through the hub: every feed that is still to come, then the gate, the build, the publication."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.catalogue.load import declarations
from hub import airflow, stack, summary
from hub.airflow_client import AirflowClient, Run
from hub.errors import FeedsFailed, GateFailed, StackError
from hub.processes import Processes
from hub.settings import HubSettings
from hub.stack import Say
from warehouse.intake import day_status
from warehouse.publication import state
from warehouse.settings import Settings
from warehouse.store.connect import rows

PUBLISH = "publish_warehouse"
_POLL_SECONDS = 1.0
_SAY_EVERY_SECONDS = 10.0
#: How long the assets may take to start the publication before it is started from here.
_ASSET_PATIENCE_SECONDS = 20.0
#: Runs of the publication that are followed for one day before giving up.
_PUBLICATIONS = 10
_GATES = {"check_feeds": "feeds", "check_marts": "marts"}


@dataclass
class Watch:
    """Follows runs of a running hub."""

    settings: HubSettings
    client: AirflowClient
    say: Say
    begin: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=2))
    clock: float = field(default_factory=time.monotonic)
    said: float = 0.0

    def progress(self, line: str, *, now: bool = False) -> None:
        """A line now and then, with the seconds since the start."""
        if now or time.monotonic() - self.said > _SAY_EVERY_SECONDS:
            self.said = time.monotonic()
            self.say(f"{line} ({time.monotonic() - self.clock:.0f} s)")

    def pause(self) -> None:
        """Waits for the next look. Raises ``StackError`` when a part of Airflow has died."""
        processes = Processes(self.settings.hub_home)
        for name in airflow.names():
            if processes.find(name) is None:
                raise StackError(f"{name} has ended by itself: see {processes.log_dir / name}.log")
        time.sleep(_POLL_SECONDS)


def run_day(settings: HubSettings, say: Say) -> None:
    """``make run``: starts the hub unless it is up, runs ``AS_OF``, says how it went, cleans up."""
    with stack.running(settings, say) as running:
        day(running, say)
        say(summary.text(running))


def day(running: stack.Stack, say: Say) -> None:
    """Runs ``AS_OF``. Raises ``FeedsFailed``, ``GateFailed`` or ``StackError``."""
    settings = running.settings
    as_of = settings.as_of
    refuse_the_past(as_of, settings)
    watch = Watch(settings, running.client, say)
    begin = time.monotonic()
    pending = day_status.pending_feeds(as_of, settings)
    if pending:
        take_feeds(watch, as_of, pending, {"wait_for": pending})
    else:
        say(f"feeds: all {len(declarations())} are loaded for {as_of} already")
    running.seconds["feeds"] = time.monotonic() - begin
    # the last feed to arrive starts it through its asset, unless one is held or was published before
    announced = bool(pending) and not day_status.missing_feeds(as_of, settings)
    published = publication(watch, as_of, wait=announced)
    running.seconds.update(running.client.task_seconds(published))


def refuse_the_past(as_of: date, settings: Settings) -> None:
    """The marts never go back to an older day."""
    last = state.last_published(settings)
    if last and last > as_of:
        raise StackError(
            f"the published marts are about {last}, later than AS_OF={as_of}: "
            f"to load a past day again use 'make backfill FEED=... FROM={as_of} TO={as_of}'"
        )


def take_feeds(watch: Watch, as_of: date, feeds: list[str], conf: Mapping[str, object] | None = None) -> None:
    """Triggers the feeds, the authorisations before the queries that need them. Raises ``FeedsFailed``."""
    declared = declarations()
    queries = [f for f in feeds if declared[f]["mode"] == "query_reply"]
    runs = {f: watch.client.trigger(f"feed__{f}", as_of, conf) for f in _first(feeds, queries)}
    if day_status.AUTHORISATION not in feeds:
        runs |= {f: watch.client.trigger(f"feed__{f}", as_of, conf) for f in queries}
        queries = []
    while queries or not all(run.over for run in runs.values()):
        watch.pause()
        known = {(r.dag_id, r.run_id): r for r in watch.client.runs(watch.begin)}
        runs = {f: known.get((r.dag_id, r.run_id), r) for f, r in runs.items()}
        first = runs.get(day_status.AUTHORISATION)
        if queries and first and first.over:
            if first.state == "success":
                runs |= {f: watch.client.trigger(f"feed__{f}", as_of, conf) for f in queries}
            queries = []
        over = sum(run.over for run in runs.values())
        watch.progress(f"feeds: {over} of {len(feeds)} done", now=over == len(feeds))
    failed = sorted(f for f in feeds if f not in runs or runs[f].state != "success")
    if failed:
        raise FeedsFailed(_failure_text(watch.settings, as_of, failed))


def _first(feeds: list[str], queries: list[str]) -> list[str]:
    """All but the queries, the authorisations at the head."""
    return sorted((f for f in feeds if f not in queries), key=lambda f: (f != day_status.AUTHORISATION, f))


def publication(watch: Watch, as_of: date, *, wait: bool) -> Run:
    """Follows the publication the assets started, or starts it, until the day is published.

    Raises ``GateFailed``, or ``StackError``, also when feeds keep coming in behind the gate's back.
    """
    run = _asset_run(watch) if wait else None
    run = run or _by_hand(watch, as_of)
    for _ in range(_PUBLICATIONS):
        _follow(watch, run, as_of)
        # one that another feed's asset has started, or this one for a feed that came behind the gate's back
        later = [r for r in watch.client.active() if r.dag_id == PUBLISH]
        if not later and (state.last_published(watch.settings) or date.min) >= as_of:
            watch.progress("publication: done", now=True)
            return run
        # a run that published nothing is followed by another, which the scheduler may not have made yet
        run = later[0] if later else _by_hand(watch, as_of)
    raise StackError(
        f"{as_of} is still not published after {_PUBLICATIONS} runs: is a feed loaded again and again?"
    )


def _by_hand(watch: Watch, as_of: date) -> Run:
    return watch.client.trigger(PUBLISH, as_of, {"as_of": as_of.isoformat()})


def _follow(watch: Watch, run: Run, as_of: date) -> None:
    """Waits for the end of a publication. Raises what it ended with, unless it succeeded."""
    while not (run := watch.client.run(run)).over:
        states = watch.client.task_states(run).items()
        at_work = [task for task, state in states if state in ("running", "queued", "up_for_retry")]
        watch.progress(f"publication: {', '.join(at_work) or 'waiting'}")
        watch.pause()
    if run.state != "success":
        raise _publication_failure(watch, run, as_of)


def _asset_run(watch: Watch) -> Run | None:
    deadline = time.monotonic() + _ASSET_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        started = [r for r in watch.client.runs(watch.begin) if r.dag_id == PUBLISH]
        if started:
            return started[-1]
        watch.pause()
    return None


def _failure_text(settings: Settings, as_of: date, failed: list[str]) -> str:
    query = (
        "select distinct on (feed_id) feed_id, outcome || ': ' || coalesce(message, '') from ops.feed_runs "
        "where as_of = %s and feed_id = any(%s) order by feed_id, run_id desc"
    )
    said = dict(rows(settings, query, (as_of, failed)))
    lines = [
        f"  {feed}: {said.get(feed, 'was not tried')}  ({task_logs(settings, 'feed__' + feed)})"
        for feed in failed
    ]
    return "\n".join([f"{len(failed)} feeds could not be taken for {as_of}; nothing was published:", *lines])


def _publication_failure(watch: Watch, run: Run, as_of: date) -> Exception:
    states = watch.client.task_states(run)
    failed = next((task for task, state in states.items() if state == "failed"), "no task")
    logs = task_logs(watch.settings, run.dag_id, run.run_id)
    if failed in _GATES and (checks := _failed_checks(watch, as_of, _GATES[failed])):
        return GateFailed(
            f"{failed} refused {as_of}; the marts published before are untouched:\n"
            + "\n".join(checks)
            + f"\n  ({logs})"
        )
    return StackError(f"{PUBLISH}: task {failed} did not succeed for {as_of}; see {logs}")


def _failed_checks(watch: Watch, as_of: date, stage: str) -> list[str]:
    """The errors standing for the day, a line each: feed, check, column, found, expected.

    The latest result of each check counts: a batch found wrong earlier is not checked again, only its
    successor is.
    """
    query = (
        "select feed_id, check_name, column_name, observed, expected from ("
        "select distinct on (feed_id, check_name, column_name) * from ops.check_results "
        "where as_of = %s and stage = %s "
        "order by feed_id, check_name, column_name, checked_at desc) as latest "
        "where not success and severity = 'error' order by feed_id, check_name"
    )
    return [
        f"  {feed or 'marts'}: {check}{f' on {column}' if column else ''}: "
        f"found {observed}, expected {expected}"
        for feed, check, column, observed, expected in rows(watch.settings, query, (as_of, stage))
    ]


def task_logs(settings: Settings, dag_id: str, run_id: str = "") -> Path:
    """Where Airflow writes the logs of a DAG's tasks."""
    folder = settings.hub_home / "logs" / "tasks" / f"dag_id={dag_id}"
    return folder / f"run_id={run_id}" if run_id else folder
