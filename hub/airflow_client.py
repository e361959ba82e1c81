"""Calls the few endpoints of Airflow's REST API that the commands need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from hub.errors import StackError

CITY_TIME = ZoneInfo("Asia/Shanghai")
ACTIVE = ("queued", "running")


@dataclass(frozen=True)
class Run:
    """One DAG run. ``state``: queued, running, success or failed."""

    dag_id: str
    run_id: str
    state: str

    @property
    def over(self) -> bool:
        """Tells whether the run has ended."""
        return self.state not in ACTIVE


class AirflowClient:
    """A client that signs in on first use. Raises ``StackError`` with what Airflow answered."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._user = user
        self._password = password
        # the way to our own Airflow never goes through a proxy
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._token = ""

    def answers(self) -> bool:
        """Tells whether the API server is up and reaches its database."""
        return self.healthy("metadatabase")

    def healthy(self, component: str) -> bool:
        """Tells whether a component (scheduler, dag_processor, triggerer, metadatabase) reports that it is
        healthy.
        """
        return bool(self._health().get(component, {}).get("status") == "healthy")

    def dag_ids(self) -> set[str]:
        """Returns the id of every DAG that Airflow has parsed."""
        found: set[str] = set()
        while True:
            page = self._call("GET", "/dags", params={"limit": 100, "offset": len(found)})
            found |= {d["dag_id"] for d in page["dags"]}
            if not page["dags"] or len(found) >= page["total_entries"]:
                return found

    def import_errors(self) -> dict[str, str]:
        """Returns the files that Airflow could not parse, with the reason."""
        page = self._call("GET", "/importErrors", params={"limit": 100})
        return {e["filename"]: e["stack_trace"] for e in page["import_errors"]}

    def unpause_all(self) -> None:
        """Unpauses every DAG."""
        self._call("PATCH", "/dags", params={"dag_id_pattern": "%", "limit": 1000}, json={"is_paused": False})

    def unpause(self, dag_id: str) -> None:
        """Unpauses one DAG."""
        self._call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, as_of: date, conf: Mapping[str, object] | None = None) -> Run:
        """Starts a run whose logical date lies in the day ``as_of``, Shenyang time.

        Airflow allows one run per DAG and logical date; the time of day is now's, so that the same day
        can be run again.
        """
        now = datetime.now(CITY_TIME)
        moment = datetime.combine(as_of, now.time(), CITY_TIME)
        body = {
            "dag_run_id": f"hub__{as_of.isoformat()}__{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}",
            "logical_date": moment.isoformat(),
            # a run is due now, whatever day it is about
            "run_after": (now - timedelta(seconds=1)).isoformat(),
            "conf": dict(conf or {}),
        }
        return _run(self._call("POST", f"/dags/{dag_id}/dagRuns", json=body))

    def run(self, run: Run) -> Run:
        """Returns the present state of a run."""
        return _run(self._call("GET", f"/dags/{run.dag_id}/dagRuns/{run.run_id}"))

    def runs(self, since: datetime) -> list[Run]:
        """Returns the runs of all DAGs that were queued since a moment."""
        found: list[Run] = []
        while True:
            params: dict[str, Any] = {"run_after_gte": since.isoformat(), "limit": 100, "offset": len(found)}
            page = self._call("GET", "/dags/~/dagRuns", params=params)
            found += [_run(r) for r in page["dag_runs"]]
            if not page["dag_runs"] or len(found) >= page["total_entries"]:
                return found

    def active(self) -> list[Run]:
        """Returns the runs that are queued or running."""
        page = self._call("GET", "/dags/~/dagRuns", params={"state": list(ACTIVE), "limit": 100})
        return [_run(r) for r in page["dag_runs"]]

    def abandon(self, runs: Iterable[Run]) -> None:
        """Marks runs as failed: runs that a killed scheduler left open would block the next run of their
        DAG.
        """
        for run in runs:
            self._call("PATCH", f"/dags/{run.dag_id}/dagRuns/{run.run_id}", json={"state": "failed"})

    def task_states(self, run: Run) -> dict[str, str]:
        """Returns the state of each task of a run."""
        page = self._call("GET", f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances")
        return {t["task_id"]: t["state"] or "none" for t in page["task_instances"]}

    def task_seconds(self, run: Run) -> dict[str, float]:
        """Returns how many seconds each task of a run took."""
        page = self._call("GET", f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances")
        return {t["task_id"]: float(t["duration"] or 0) for t in page["task_instances"]}

    def _health(self) -> dict[str, Any]:
        try:
            answer = self._http.get("/api/v2/monitor/health")
            loaded: dict[str, Any] = answer.json() if answer.status_code == httpx.codes.OK else {}
        except (httpx.HTTPError, ValueError):
            return {}
        return loaded

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        for last in (False, False, True):
            try:
                answer = self._http.request(method, f"/api/v2{path}", headers=self._headers(), **options)
            except httpx.HTTPError as error:
                if last:
                    raise StackError(f"Airflow at {self.url} does not answer: {error!r}") from error
                continue
            if answer.status_code == httpx.codes.UNAUTHORIZED and not last:
                self._token = ""
                continue
            if answer.is_error:
                raise StackError(f"Airflow refused {method} {path}: {answer.status_code} {answer.text[:500]}")
            loaded: dict[str, Any] = answer.json() if answer.content else {}
            return loaded
        raise StackError(f"Airflow at {self.url} refused the administrator's password")

    def _headers(self) -> dict[str, str]:
        if not self._token:
            answer = self._http.post("/auth/token", json={"username": self._user, "password": self._password})
            if answer.is_error:
                raise StackError(f"Airflow refused the sign-in: {answer.status_code}")
            self._token = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self._token}"}


def _run(data: dict[str, Any]) -> Run:
    return Run(dag_id=data["dag_id"], run_id=data["dag_run_id"], state=data["state"])
