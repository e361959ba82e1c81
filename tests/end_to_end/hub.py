"""Runs the hub's commands as a person does, each in its own process, in a home of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2

from hub.settings import HubSettings
from warehouse.store.postgres import server

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2020, 5, 12)
#: Small enough to be quick, large enough for every rule to have something to find.
SCALE = "0.002"
_OURS = ("SCALE", "SEED", "CITY_FROM", "AS_OF", "HUB_HOME", "DATABASE_URL", "HUB_PERSON_KEY", "SANDBOX")


@dataclass(frozen=True)
class Done:
    """How a command ended, with all it said."""

    code: int
    said: str
    seconds: float


@dataclass(frozen=True)
class Hub:
    """One ``HUB_HOME``. The person key is fixed, so that two homes give the same person ids."""

    home: Path

    def environment(self) -> dict[str, str]:
        env = {key: value for key, value in os.environ.items() if key not in _OURS}
        env.update(
            HUB_HOME=str(self.home),
            SCALE=SCALE,
            AS_OF=AS_OF.isoformat(),
            HUB_PERSON_KEY="end-to-end-person-key",
            HUB_ALERT_NOTIFIER="tests.end_to_end.file_notifier.FileNotifier",
            HUB_ALERT_NOTIFIER_ARGS=json.dumps(
                {"path": str(self.home / "told.txt"), "text": "{{ alerts | join('\n') }}"}
            ),
        )
        return env

    def command(self, *arguments: str, seconds: float = 600) -> Done:
        """``python -m warehouse <arguments>`` to its end."""
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "warehouse", *arguments],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Done(done.returncode, done.stdout, time.monotonic() - begin)

    def kill_run_when(self, moment: Callable[[str], bool]) -> str:
        """Starts ``run`` and kills it with SIGKILL as soon as ``moment`` holds of what it has said so far."""
        process = subprocess.Popen(
            [sys.executable, "-m", "warehouse", "run"],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if moment(said):
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        process.stdout.close()
        return said

    def settings(self) -> HubSettings:
        return HubSettings.from_env(self.environment())

    def rows(self, query: str, database: str = "hub") -> list[tuple[Any, ...]]:
        """Rows of a query; the server must run."""
        where = server.info(self.settings())
        with closing(psycopg2.connect(where.url_for(database))) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def told(self, feed_id: str) -> list[str]:
        """What people were told of a feed's alerts, line by line."""
        told = self.home / "told.txt"
        lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
        return [line for line in lines if line.split()[1] == feed_id]

    def alerts(self, feed_id: str) -> list[tuple[str, str]]:
        """Condition and message of a feed's open alerts."""
        query = f"select condition, message from ops.alerts where feed_id = '{feed_id}' and closed_at is null"
        return [(str(condition), str(message)) for condition, message in self.rows(query + " order by 1")]

    def marts(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is published but what names a run: publication, batch and row numbers."""
        return {table: self.rows(query) for table, query in _MARTS.items()}

    def habit(self, feed_id: str, habit: str, *, on: bool = True) -> None:
        """Switches a bad habit of a department; the stand-in city must run."""
        told = json.loads((self.home / "sandbox" / "server.json").read_text(encoding="utf-8"))
        body = json.dumps({"feed_id": feed_id, "habit": habit, "on": on}).encode()
        request = urllib.request.Request(
            f"{told['control']}/control/habit", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            assert answer.status == 200


_MARTS = {
    "warnings": (
        "select warning_id, rule_id, severity, handler_level, subject_id, id_number, full_name, region_code, "
        "sub_type, confidence, event_key, status, opened_on, last_seen_on, due_on, facts_digest "
        "from marts.warnings order by warning_id"
    ),
    "cross_check_hits": (
        "select hit_id, check_id, person_id, id_number, enrolment_id, benefit_type, region_code, sub_type, "
        "confidence, overlap_from, overlap_until, overpaid_months, overpaid_amount, "
        "first_seen_on, last_seen_on, is_current, facts_digest from marts.cross_check_hits order by hit_id"
    ),
    "unanswered": (
        "select person_id, feed_id, id_number, full_name, region_code, benefit_types, first_seen_on, "
        "last_seen_on, is_current from marts.unanswered order by person_id, feed_id"
    ),
}
