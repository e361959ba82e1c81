"""Runs one day through the hub: every feed that is still missing, then the gate, the build, the
publication.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.catalogue.effort import AUTHORISATION, longest_first
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
#: Runs of feeds that are open at once, for each task that can run: no place waits for the next look.
_OPEN_RUNS_PER_TASK = 3
_GATES = {"check_feeds": "feeds", "check_marts": "marts"}


@dataclass
class RunMonitor:
    """Follows the runs of a running hub and prints their progress."""

    settings: HubSettings
    client: AirflowClient
    say: Say
    begin: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=2))
    clock: float = field(default_factory=time.monotonic)
    last_line_at: float = 0.0

    def progress(self, line: str, *, now: bool = False) -> None:
        """Prints a line now and then (or ``now``), with the seconds since the start."""
        if now or time.monotonic() - self.last_line_at > _SAY_EVERY_SECONDS:
            self.last_line_at = time.monotonic()
            self.say(f"{line} ({time.monotonic() - self.clock:.0f} s)")

    def pause(self) -> None:
        """Waits for the next look. Raises ``StackError`` when a part of Airflow has died."""
        processes = Processes(self.settings.hub_home)
        for name in airflow.component_names():
            if processes.is_missing(name):
                raise StackError(f"{name} has ended by itself: see {processes.log_dir / name}.log")
        time.sleep(_POLL_SECONDS)


def run_day(settings: HubSettings, say: Say) -> None:
    """Starts the hub unless it is up, runs ``AS_OF``, prints a summary and cleans up (``make run``)."""
    with stack.running(settings, say) as running:
        load_and_publish(running, say)
        say(summary.text(running))


def load_and_publish(running: stack.Stack, say: Say) -> None:
    """Loads the missing feeds of ``AS_OF`` and publishes it.

    Raises ``FeedsFailed``, ``GateFailed`` or ``StackError``.
    """
    settings = running.settings
    as_of = settings.as_of
    refuse_the_past(as_of, settings)
    monitor = RunMonitor(settings, running.client, say)
    begin = time.monotonic()
    pending_feeds = day_status.pending_feeds(as_of, settings)
    if pending_feeds:
        load_feeds(monitor, as_of, pending_feeds, {"wait_for": pending_feeds})
    else:
        say(f"feeds: all {len(declarations())} are loaded for {as_of} already")
    running.seconds["feeds"] = time.monotonic() - begin
    # the last feed to arrive starts it through its asset, unless one is held or was published before
    announced = bool(pending_feeds) and not day_status.missing_feeds(as_of, settings)
    published = follow_publication(monitor, as_of, wait=announced)
    running.seconds.update(running.client.task_seconds(published))


def refuse_the_past(as_of: date, settings: Settings) -> None:
    """Raises ``StackError`` if a later day is published: the marts never go back to an older day."""
    last = state.last_published(settings)
    if last and last > as_of:
        raise StackError(
            f"the published marts are about {last}, later than AS_OF={as_of}: "
            f"to load a past day again use 'make backfill FEED=... FROM={as_of} TO={as_of}'"
        )


def load_feeds(
    monitor: RunMonitor, as_of: date, feeds: list[str], conf: Mapping[str, object] | None = None
) -> None:
    """Triggers the feeds, the longest first, and the queries after the authorisations they need.

    Only a few runs are open at a time: the scheduler looks at every open run again and again. Raises
    ``FeedsFailed``.
    """
    declared = declarations()
    waiting = longest_first(feeds, declared)
    queries = {feed for feed in feeds if declared[feed]["mode"] == "query_reply"}
    most = _OPEN_RUNS_PER_TASK * airflow.parallelism()
    runs: dict[str, Run] = {}
    while True:
        authorised = _authorised(feeds, runs)
        if authorised is False:
            waiting = [feed for feed in waiting if feed not in queries]
        ready = [feed for feed in waiting if authorised or feed not in queries]
        for feed in ready[: max(0, most - sum(not run.over for run in runs.values()))]:
            runs[feed] = monitor.client.trigger(f"feed__{feed}", as_of, conf)
            waiting.remove(feed)
        if not waiting and all(run.over for run in runs.values()):
            break
        monitor.pause()
        runs = _newest(monitor.client, runs)
        over = sum(run.over for run in runs.values())
        monitor.progress(f"feeds: {over} of {len(feeds)} done", now=over == len(feeds))
    failed = sorted(f for f in feeds if f not in runs or runs[f].state != "success")
    if failed:
        raise FeedsFailed(_failure_text(monitor.settings, as_of, failed))


def _authorised(feeds: list[str], runs: Mapping[str, Run]) -> bool | None:
    """Tells whether people may be asked about; None as long as the authorisations are on their way."""
    if AUTHORISATION not in feeds:
        return True
    run = runs.get(AUTHORISATION)
    return run.state == "success" if run and run.over else None


def _newest(client: AirflowClient, runs: Mapping[str, Run]) -> dict[str, Run]:
    """Returns the runs in their present state. Those that are over are not asked about again."""
    open_runs = {(run.dag_id, run.run_id): run for run in client.active()}
    newest: dict[str, Run] = {}
    for feed, run in runs.items():
        found = run if run.over else open_runs.get((run.dag_id, run.run_id))
        newest[feed] = found or client.run(run)
    return newest


def follow_publication(monitor: RunMonitor, as_of: date, *, wait: bool) -> Run:
    """Follows the publication that the assets started, or starts one, until the day is published.

    With ``wait`` an asset is expected to start it. Raises ``GateFailed``, or ``StackError``, also when feeds
    keep arriving after the gate.
    """
    run = _asset_run(monitor) if wait else None
    run = run or _start_by_hand(monitor, as_of)
    for _ in range(_PUBLICATIONS):
        _follow(monitor, run, as_of)
        # a run that another feed's asset has started, or one started here for a feed that bypassed the gate
        later = [r for r in monitor.client.active() if r.dag_id == PUBLISH]
        if not later and (state.last_published(monitor.settings) or date.min) >= as_of:
            monitor.progress("publication: done", now=True)
            return run
        # a run that published nothing is followed by another, which the scheduler may not have made yet
        run = later[0] if later else _start_by_hand(monitor, as_of)
    raise StackError(
        f"{as_of} is still not published after {_PUBLICATIONS} runs: is a feed loaded again and again?"
    )


def _start_by_hand(monitor: RunMonitor, as_of: date) -> Run:
    return monitor.client.trigger(PUBLISH, as_of, {"as_of": as_of.isoformat()})


def _follow(monitor: RunMonitor, run: Run, as_of: date) -> None:
    """Waits for the end of a publication. Raises its failure unless it succeeded."""
    while not (run := monitor.client.run(run)).over:
        states = monitor.client.task_states(run).items()
        at_work = [task for task, state in states if state in ("running", "queued", "up_for_retry")]
        monitor.progress(f"publication: {', '.join(at_work) or 'waiting'}")
        monitor.pause()
    if run.state != "success":
        raise _publication_failure(monitor, run, as_of)


def _asset_run(monitor: RunMonitor) -> Run | None:
    deadline = time.monotonic() + _ASSET_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        started = [r for r in monitor.client.runs(monitor.begin) if r.dag_id == PUBLISH]
        if started:
            return started[-1]
        monitor.pause()
    return None


def _failure_text(settings: Settings, as_of: date, failed: list[str]) -> str:
    query = (
        "select distinct on (feed_id) feed_id, outcome || ': ' || coalesce(message, '') from ops.feed_runs "
        "where as_of = %s and feed_id = any(%s) order by feed_id, run_id desc"
    )
    outcomes = dict(rows(settings, query, (as_of, failed)))
    lines = [
        f"  {feed}: {outcomes.get(feed, 'was not tried')}  ({task_logs(settings, 'feed__' + feed)})"
        for feed in failed
    ]
    return "\n".join([f"{len(failed)} feeds could not be taken for {as_of}; nothing was published:", *lines])


def _publication_failure(monitor: RunMonitor, run: Run, as_of: date) -> Exception:
    states = monitor.client.task_states(run)
    failed = next((task for task, state in states.items() if state == "failed"), "no task")
    logs = task_logs(monitor.settings, run.dag_id, run.run_id)
    if failed in _GATES and (checks := _failed_checks(monitor, as_of, _GATES[failed])):
        return GateFailed(
            f"{failed} refused {as_of}; the marts published before are untouched:\n"
            + "\n".join(checks)
            + f"\n  ({logs})"
        )
    return StackError(f"{PUBLISH}: task {failed} did not succeed for {as_of}; see {logs}")


def _failed_checks(monitor: RunMonitor, as_of: date, stage: str) -> list[str]:
    """Returns the errors that stand for the day, a line each: feed, check, column, found, expected.

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
        for feed, check, column, observed, expected in rows(monitor.settings, query, (as_of, stage))
    ]


def task_logs(settings: Settings, dag_id: str, run_id: str = "") -> Path:
    """Returns the folder in which Airflow writes the logs of a DAG's tasks, of one run or of all."""
    folder = settings.hub_home / "logs" / "tasks" / f"dag_id={dag_id}"
    return folder / f"run_id={run_id}" if run_id else folder
