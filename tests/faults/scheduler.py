"""Airflow's scheduler, killed in the middle of ``make run`` again and again."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil

from hub.processes import Processes
from tests.end_to_end.hub import ROOT, Hub
from tests.faults.content import Content, differences
from tests.faults.harness import Report
from warehouse.store.postgres import server

#: What the process is called under ``HUB_HOME/run``.
_NAME = "airflow-scheduler"


def campaign(folder: Path, kills: int, seed: int, report: Report) -> None:
    """One home is left alone, the other's scheduler is killed; then both have published the same."""
    left_alone, disturbed = Hub(folder / "left alone"), Hub(folder / "disturbed")
    whole = left_alone.command("run")
    assert whole.code == 0, whole.said
    rng = random.Random(seed)
    done = 0
    while done < kills:
        if not _kill(disturbed, rng.uniform(0, 0.5 * whole.seconds)):
            break  # the day was done before: from here on a run has nothing left to disturb
        done += 1
    report.kills["Airflow's scheduler"] += done
    end = disturbed.command("run")
    if end.code != 0:
        report.not_converged.append(f"run after kills of the scheduler: {end.said[-1500:]}")
    if Processes(disturbed.home).sweep():
        report.not_converged.append("run left processes behind")
    report.add(differences(_marts(left_alone), _marts(disturbed)), Counter(), ())


def _marts(hub: Hub) -> Content:
    with server.running(hub.settings()):
        return {f"Airflow: {table}": Counter(map(str, rows)) for table, rows in hub.marts().items()}


def _kill(hub: Hub, seconds: float) -> bool:
    """Starts a run and kills its scheduler ``seconds`` after that has started. Whether it got to that."""
    run = subprocess.Popen(
        [sys.executable, "-m", "warehouse", "run"],
        cwd=ROOT,
        env=hub.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    processes = Processes(hub.home)
    child = None
    while child is None and run.poll() is None:
        child = processes.find(_NAME)
        time.sleep(0.1)
    with suppress(subprocess.TimeoutExpired):
        run.wait(seconds)
        return False
    assert child is not None
    psutil.Process(child.pid).kill()
    run.wait()
    return True
