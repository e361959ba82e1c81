"""Runs Airflow's tasks in processes that have already imported what the tasks need.

Airflow forks a task from a worker, and the worker from the scheduler. What the scheduler has imported by then
no task imports again: at the default scale that is most of what the task of a small feed costs.

Code is therefore read when the hub starts. Declarations and DAG files are read when a task begins, as before.
Nothing here may start a thread or open a connection: a fork would copy half of it.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import time
from typing import Any

from airflow.executors import local_executor
from airflow.executors.local_executor import LocalExecutor

#: What the task of a feed imports, whatever its protocol and layout.
FEED_MODULES = (
    "airflow.dag_processing.dagbag",
    "airflow.providers.standard.decorators.python",
    "airflow.sdk.bases.notifier",
    "airflow.sdk.definitions.timetables.trigger",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "hub.day_steps",
    "connectors.decode.pipeline",
    "connectors.protocols.rest.pull",
    "connectors.protocols.sftp.pull",
    "connectors.protocols.soap.pull",
    "connectors.protocols.sql.pull",
    "warehouse.intake.load_feed",
    "warehouse.operations.alerts",
    "warehouse.publication.publish",
)
#: What only the gate needs. It is large: a feed's process does not carry it.
GATE_MODULES = ("expectations.gate", "great_expectations", "great_expectations.expectations")
#: The gate's worker leaves the processors to the hub's start for so long, unless a task comes.
_SETTLING_SECONDS = 20.0

log = logging.getLogger(__name__)


class WarmExecutor(LocalExecutor):  # type: ignore[misc,unused-ignore]
    """A ``LocalExecutor`` whose workers have imported what the feeds need."""

    def start(self) -> None:
        """Imports, then forks the workers."""
        warm(FEED_MODULES)
        _load_providers()
        super().start()


class GateExecutor(LocalExecutor):  # type: ignore[misc,unused-ignore]
    """A ``LocalExecutor`` with one worker, which has imported Great Expectations before its first task.

    It imports beside the feeds' work, so neither gate waits for it, and both find it done.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parallelism = 1  # one gate at a time: it holds a lock anyway

    def _spawn_worker(self) -> None:
        worker = multiprocessing.Process(
            target=_run_gate_worker,
            kwargs={
                "logger_name": self.log.name,
                "input": self.activity_queue,
                "output": self.result_queue,
                "unread_messages": self._unread_messages,
                "team_conf": self.conf,
            },
        )
        worker.start()
        self.workers[worker.pid] = worker


def _run_gate_worker(**queues: Any) -> None:
    end = time.monotonic() + _SETTLING_SECONDS
    while queues["input"].empty() and time.monotonic() < end:
        time.sleep(0.2)
    warm(GATE_MODULES)
    local_executor._run_worker(**queues)


def _load_providers() -> None:
    """Makes Airflow read what its providers say of assets: every process that names an asset asks for it."""
    from airflow.sdk import Asset

    Asset(name="warm", uri="hub://warm")


def warm(modules: tuple[str, ...]) -> None:
    """Imports ``modules``. One that fails is left to the task that needs it: there the error has a log."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            log.exception("%s was not imported beforehand", name)
