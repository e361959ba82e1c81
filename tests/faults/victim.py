"""A step in a process of its own, in which something happens at a chosen boundary.

Boundaries lie before every statement, around every commit and around what the department does. The
statements are those the code under test sends: psycopg2 is told to make connections that report them.
"""

from __future__ import annotations

import functools
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from connectors.errors import HubError
from tests.faults.city import Step, Watch
from warehouse.settings import Settings
from warehouse.store import quiet


@dataclass(frozen=True)
class Fault:
    """What happens at boundary ``at`` (from 1; 0: nothing ever).

    ``self``: the step's own process is killed. ``server``: the server's main process is. ``backend``: the
    server's process that serves this step is. ``connection``: the connection is ended by the server.
    """

    kind: str = "self"
    at: int = 0
    postmaster: int = 0


@dataclass(frozen=True)
class End:
    """How a step ended that was not killed: ``error`` is None or the error's name; boundaries it passed."""

    boundaries: int
    error: str | None
    #: whether the error is one of the hub's own or the database's
    is_known: bool = True


class Armed(Watch):
    """Counts boundaries and strikes at one of them, once."""

    def __init__(self, fault: Fault, settings: Settings) -> None:
        self.count = 0
        self.last: connection | None = None
        self._fault = fault
        self._settings = settings
        self._connect = psycopg2.connect

    def boundary(self) -> None:
        self.count += 1
        if self.count == self._fault.at:
            getattr(self, f"_{self._fault.kind}")()

    def _self(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _server(self) -> None:
        os.kill(self._fault.postmaster, signal.SIGKILL)

    def _backend(self) -> None:
        if self.last is not None and not self.last.closed:
            os.kill(self.last.info.backend_pid, signal.SIGKILL)

    def _connection(self) -> None:
        if self.last is not None and not self.last.closed:
            other = self._connect(self._settings.database_url)
            other.autocommit = True
            with other.cursor() as asking:
                asking.execute("select pg_terminate_backend(%s, 5000)", (self.last.info.backend_pid,))
            other.close()


def arm(fault: Fault, settings: Settings) -> Armed:
    """From now on every connection of this process reports its boundaries."""
    armed = Armed(fault, settings)

    class Cursor(quiet.QuietCursor):
        def execute(self, *arguments: Any, **options: Any) -> Any:
            armed.boundary()
            return super().execute(*arguments, **options)

        def copy_expert(self, *arguments: Any, **options: Any) -> Any:
            armed.boundary()
            return super().copy_expert(*arguments, **options)

    class Connection(quiet.QuietConnection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.cursor_factory = Cursor
            armed.last = self

        def commit(self) -> None:
            armed.boundary()
            super().commit()
            armed.boundary()

    psycopg2.connect = functools.partial(psycopg2.connect, connection_factory=Connection)
    quiet.QuietConnection = Connection  # type: ignore[misc]
    return armed


def run_step(step: Step, settings: Settings, fault: Fault, pipe: Pipe) -> None:
    """The child's main function: runs the step, then sends an ``End``."""
    armed = arm(fault, settings)
    try:
        step.run(settings, armed)
    except (HubError, psycopg2.Error) as error:
        pipe.send(End(armed.count, type(error).__name__))
    except Exception as error:
        pipe.send(End(armed.count, f"{type(error).__name__}: {error}", is_known=False))
    else:
        pipe.send(End(armed.count, None))
