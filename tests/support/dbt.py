"""Runs dbt on a database of a test, and reads what it built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy.engine import make_url

from warehouse.settings import PROJECT_ROOT, Settings

PROJECT = PROJECT_ROOT / "dbt_project"
MODELS = PROJECT / "models"


def run_dbt(settings: Settings, target: Path, *arguments: str, project: Path = PROJECT) -> None:
    """Runs ``dbt <arguments>`` in a process of its own, its files in ``target``. Fails with dbt's output."""
    url = make_url(settings.database_url or "")
    where = {
        "HUB_PG_HOST": url.host or "",
        "HUB_PG_PORT": str(url.port),
        "HUB_PG_USER": url.username or "",
        "HUB_PG_DATABASE": url.database or "",
        "DBT_ENV_SECRET_PG_PASSWORD": str(url.password or ""),
    }
    _dbt(where, target, project, *arguments)


def parse(target: Path, project: Path = PROJECT) -> dict[str, Any]:
    """Returns dbt's manifest of the project. Needs no database."""
    _dbt({}, target, project, "parse")
    manifest: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def query(settings: Settings, statement: str) -> set[tuple[Any, ...]]:
    """Returns the distinct rows of ``statement``."""
    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return set(cursor.fetchall())


def _dbt(where: dict[str, str], target: Path, project: Path, *arguments: str) -> None:
    env = {**os.environ, **where, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *arguments, "--project-dir", str(project),
         "--profiles-dir", str(project), "--target-path", str(target), "--log-path", str(target)],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
