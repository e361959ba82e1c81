"""Starts and stops the whole hub: database, stand-in city, Airflow."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hub import airflow, city_process
from hub.airflow_client import AirflowClient
from hub.errors import StackError
from hub.processes import Processes
from hub.settings import HubSettings
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.postgres import server

Say = Callable[[str], None]


@dataclass
class Stack:
    """A running hub. ``seconds`` each stage of its start took; ``keep``: it stays up afterwards."""

    settings: HubSettings
    client: AirflowClient
    seconds: dict[str, float] = field(default_factory=dict)
    keep: bool = False


def is_up(settings: Settings) -> bool:
    """Tells whether ``make up`` left a hub that answers."""
    return _up_file(settings).exists() and airflow.client(settings).answers()


def running_as_of(settings: Settings) -> str:
    """Returns the day for which the running hub was started; the stand-in city's clock stands at it."""
    return _up_file(settings).read_text(encoding="utf-8").strip()


def _up_file(settings: Settings) -> Path:
    return settings.hub_home / "run" / "up"


def up(settings: HubSettings, say: Say, *, keep: bool, readers: bool = False) -> Stack:
    """Starts everything and waits until it is healthy; first ends what a killed run left behind.

    ``keep`` marks the hub as meant to stay. Raises ``StackError`` or ``ServerError`` and leaves nothing
    running, except the database if it may have ``readers``: they were connected before.
    """
    processes = Processes(settings.hub_home)
    if leftovers := processes.sweep():
        say(f"ended {leftovers} processes of a run that was killed")
    _up_file(settings).unlink(missing_ok=True)
    try:
        stack = _start(settings, processes, say, keep=keep)
    except BaseException:
        down(settings, database=not readers)
        raise
    stack.keep = keep
    if keep:
        _up_file(settings).write_text(settings.as_of.isoformat(), encoding="utf-8")
    return stack


def down(settings: Settings, *, database: bool = True) -> None:
    """Stops everything under this ``HUB_HOME``, with or without the database. Harmless when nothing runs."""
    processes = Processes(settings.hub_home)
    _up_file(settings).unlink(missing_ok=True)
    processes.stop([*airflow.component_names(), city_process.NAME], patience=6.0)
    processes.sweep()
    if database:
        server.stop(settings)


def _start(settings: HubSettings, processes: Processes, say: Say, *, keep: bool) -> Stack:
    seconds: dict[str, float] = {}
    with _timed(seconds, "database"):
        say("database: starting and migrating")
        server.start(settings)
        migrate(settings)
    with _timed(seconds, "start"):
        say("stand-in city and Airflow: starting")
        child = city_process.start(settings, processes) if city_process.is_wanted() else None
        # only what starts tasks needs the departments' connections: the rest starts beside the city
        env = airflow.prepare(settings, processes)
        children = airflow.start(settings, processes, env, [airflow.API_SERVER, airflow.DAG_PROCESSOR])
        connections = city_process.wait(settings, child) if child else {}
        if child:
            _check_connections(connections)
        env = airflow.environment(settings, connections)
        # no task of ours defers; one that somebody adds finds a triggerer in a hub that stays up
        waiting = [airflow.SCHEDULER, *([airflow.TRIGGERER] if keep else [])]
        children |= airflow.start(settings, processes, env, waiting)
        client = airflow.wait(settings, children)
        client.abandon(client.active())
        _wait_for_dags(client)
        client.unpause_all()
    return Stack(settings, client, seconds)


@contextmanager
def running(settings: HubSettings, say: Say) -> Iterator[Stack]:
    """Yields the hub that is up, or starts one for the length of the block.

    ``seconds`` is empty for one that was up.
    """
    city_process.refuse_other_days(settings)
    with exclusive(settings):
        keep = is_up(settings)
        if keep and running_as_of(settings) == settings.as_of.isoformat():
            say(f"using the hub that is up in {settings.hub_home}")
            yield Stack(settings, airflow.client(settings), keep=True)
            return
        if keep:
            say(
                f"the hub that is up is about {running_as_of(settings)}: "
                f"starting it anew for {settings.as_of}, all but the database"
            )
            # the stand-in city and Airflow are about a day; the database is not, and has readers
            down(settings, database=False)
        made = up(settings, say, keep=keep, readers=keep)
        try:
            yield made
        finally:
            if not keep:
                say("stopping")
                down(settings)


@contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """Lets one command at a time work on a ``HUB_HOME``; the lock of a killed command is released by
    itself.
    """
    path = settings.hub_home / "run" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = settings.hub_home
            raise StackError(
                f"another command is at work in {where}: wait for it, or set another HUB_HOME"
            ) from None
        yield
    finally:
        os.close(descriptor)


def _check_connections(connections: dict[str, str]) -> None:
    """Raises ``StackError`` naming the missing variables, before any feed is started that leads nowhere."""
    from connectors.catalogue.load import declarations

    ids = {d["connection_id"] for d in declarations().values()}
    names = {f"AIRFLOW_CONN_{i.upper()}" for i in ids}
    lacking = sorted(names - set(connections) - set(os.environ))
    if lacking:
        raise StackError(f"no connection for {len(lacking)} departments; set {', '.join(lacking)}")


def _wait_for_dags(client: AirflowClient) -> None:
    from connectors.catalogue.load import declarations

    wanted = {f"feed__{feed_id}" for feed_id in declarations()} | {"publish_warehouse"}
    deadline = time.monotonic() + 180
    while lacking := wanted - client.dag_ids():
        if errors := client.import_errors():
            raise StackError(
                "Airflow could not read the DAGs: " + "; ".join(f"{f}: {t}" for f, t in errors.items())
            )
        if time.monotonic() > deadline:
            raise StackError(f"Airflow knows nothing of {len(lacking)} DAGs, e.g. {min(lacking)}")
        time.sleep(0.5)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begin = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - begin
