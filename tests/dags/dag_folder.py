"""Reads the DAG folder as Airflow's processor does, in a process that can reach nothing.

Run as a script: prints one JSON object {"seconds", "modules", "dags": [...]}.
"""

from __future__ import annotations

import json
import runpy
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(p for p in (ROOT / "dags").glob("*.py") if p.name not in ("__init__.py", "common.py"))
HEAVY = ("pandas", "polars", "pyarrow", "dbt", "great_expectations", "psycopg2", "zeep", "paramiko", "lxml")


def _refuse(*_: object, **__: object) -> None:
    raise OSError("a DAG file reached for the network or a database")


def main() -> None:
    sys.path.insert(0, str(ROOT))
    import airflow.sdk
    from airflow.sdk import DAG

    _ = (airflow.sdk.Asset, airflow.sdk.Param, airflow.sdk.CronTriggerTimetable, airflow.sdk.task)
    known = set(sys.modules)
    socket.socket.connect = _refuse  # type: ignore[method-assign]
    socket.getaddrinfo = _refuse  # type: ignore[assignment]
    begin = time.process_time()
    dags = {
        value.dag_id: value
        for path in FILES
        for value in runpy.run_path(str(path)).values()
        if isinstance(value, DAG)
    }
    seconds = time.process_time() - begin
    heavy = sorted(m for m in set(sys.modules) - known if m.split(".")[0] in HEAVY)
    json.dump({"seconds": seconds, "modules": heavy, "dags": [_plain(d) for d in dags.values()]}, sys.stdout)


def _plain(dag: object) -> dict[str, object]:
    timetable = dag.timetable  # type: ignore[attr-defined]
    return {
        "dag_id": dag.dag_id,  # type: ignore[attr-defined]
        "owner": dag.default_args.get("owner"),  # type: ignore[attr-defined]
        "tags": sorted(dag.tags),  # type: ignore[attr-defined]
        "catchup": dag.catchup,  # type: ignore[attr-defined]
        "max_active_runs": dag.max_active_runs,  # type: ignore[attr-defined]
        "description": dag.description,  # type: ignore[attr-defined]
        "schedule": getattr(timetable, "expression", None),
        "timezone": str(getattr(timetable, "timezone", "")),
        "params": sorted(dag.params),  # type: ignore[attr-defined]
        "tasks": {
            t.task_id: {
                "retries": t.retries,
                "priority": t.priority_weight,
                "weight_rule": str(getattr(t.weight_rule, "value", t.weight_rule)),
                "executor": t.executor,
                "defers": bool(t.start_from_trigger or getattr(t, "deferrable", False)),
                "told_of_failure": [type(c).__name__ for c in _list(t.on_failure_callback)],
                "told_of_success": [type(c).__name__ for c in _list(t.on_success_callback)],
                "outlets": [getattr(o, "uri", f"alias {o.name}") for o in t.outlets],
                "upstream": sorted(t.upstream_task_ids),
                "templated": [str(getattr(t, f, "")) for f in t.template_fields],
            }
            for t in dag.tasks  # type: ignore[attr-defined]
        },
    }


def _list(callbacks: object) -> list[object]:
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks] if callbacks else []


if __name__ == "__main__":
    main()
