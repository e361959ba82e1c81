"""dbt builds, killed: the days of a random history, built and published, in two databases side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil
import psycopg2

from tests.faults.content import Content, content, differences, models
from tests.faults.harness import Campaign, Report, state
from tests.faults.reader import Readers
from tests.histories.history import History
from warehouse.publication.publish import publish
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.postgres import server

_SEED, _DAYS = 6, 4
_BUILD = "import sys, datetime; from hub import day_steps; day_steps.build(datetime.date.fromisoformat({!r}))"


@dataclass
class Builder:
    """Builds days of one database, each build in a process of its own, as a task of Airflow does."""

    settings: Settings

    def start(self, day: date) -> subprocess.Popen[bytes]:
        env = {
            **os.environ,
            "HUB_HOME": str(self.settings.hub_home),
            "DATABASE_URL": str(self.settings.database_url),
            "HUB_PERSON_KEY": self.settings.person_key,
        }
        return subprocess.Popen(
            [sys.executable, "-c", _BUILD.format(day.isoformat())],
            env=env,
            cwd=PROJECT_ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def build(self, day: date) -> bool:
        return self.start(day).wait() == 0

    def log(self) -> str:
        """The end of what the last build said."""
        path = self.settings.hub_home / "logs" / "dbt-build.log"
        return path.read_text(encoding="utf-8", errors="replace")[-1500:] if path.exists() else ""


def campaign(
    base: Settings, twin: Settings, disturbed: Settings, kills: int, folder: Path, report: Report
) -> None:
    """Kills dbt ``kills`` times over the builds of a history; adds what it found to ``report``."""
    states, built, seconds = _undisturbed(twin)
    each = -(-kills // built)
    disturbing = Campaign(base, disturbed, _SEED, report)
    with Readers(str(disturbed.database_url), folder) as readers:
        for day, is_built in History(_SEED, _DAYS, disturbed).live():
            if not is_built:
                continue
            for number in range(each):
                _disturb(disturbing, day, ("dbt", "task", "server")[number % 3], seconds)
            builder = Builder(disturbed)
            if not builder.build(day):
                report.not_converged.append(f"dbt build of {day}: {builder.log()}")
            publish(day, disturbed)
    report.add(differences(_content(twin), _content(disturbed)), readers.seen(), states)


def _undisturbed(twin: Settings) -> tuple[set[str], int, float]:
    """The states readers may see, how many builds there are, and how long the longest takes."""
    states, built, longest = {state(twin)}, 0, 0.0
    for day, is_built in History(_SEED, _DAYS, twin).live():
        if is_built:
            begin = time.monotonic()
            builder = Builder(twin)
            assert builder.build(day), builder.log()
            longest = max(longest, time.monotonic() - begin)
            publish(day, twin)
            states.add(state(twin))
            built += 1
    return states, built, longest


def _disturb(campaign: Campaign, day: date, victim: str, seconds: float) -> None:
    """Kills dbt itself, the task that has started it, or the server, at a random moment of a build."""
    task = Builder(campaign.settings).start(day)
    with suppress(subprocess.TimeoutExpired):
        task.wait(campaign.rng.uniform(0, seconds))
        return  # it was quicker
    if victim == "server":
        campaign.kill_server()
    elif victim == "dbt":
        for child in psutil.Process(task.pid).children():
            child.kill()
    else:
        task.send_signal(signal.SIGKILL)
    campaign.report.kills[f"dbt build: {victim}"] += 1
    task.wait()
    server.start(campaign.base)


def _content(settings: Settings) -> Content:
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        return content(cursor) | models(cursor)
