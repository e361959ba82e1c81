"""Builds and compares: dbt in this process, since starting it anew takes longer than these small builds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from sqlalchemy.engine import make_url

from hub.build import nodes, project
from hub.build.inputs import Inputs
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.connect import connect

PROJECT = PROJECT_ROOT / "dbt_project"
COMPARED = ("staging", "work", "core", "candidate")


class Dbt:
    """One parse, then any number of builds in any database of one server. ``folder`` takes its files."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        from dbt.cli.main import dbtRunner

        self._options = [
            "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
            "--target-path", str(folder / "target"),
            "--log-path", str(folder / "logs"), "--log-level-file", "none", "--no-write-json", "--quiet",
        ]  # fmt: skip
        with _environment(settings, date(2020, 5, 12)):
            self._manifest = dbtRunner().invoke(["parse", *self._options]).result
        written = self._manifest.writable_manifest().to_dict(omit_none=False)
        self._nodes = nodes.read(written, project.seeds_digest())

    def seed(self, settings: Settings) -> None:
        """Loads the seeds, and records them as a build does."""
        day = date(2020, 5, 12)
        with closing(connect(settings)) as connection:
            before = Inputs.read(connection, day)
            before.record(connection, self._nodes, self._invoke(settings, day, "seed"))

    def rebuild(self, settings: Settings, as_of: date) -> None:
        """Builds every model from scratch."""
        self._invoke(settings, as_of, "run", "--full-refresh")

    def build_stale(self, settings: Settings, as_of: date) -> int:
        """Builds the models that are stale, as a day's build does. Returns how many."""
        with closing(connect(settings)) as connection:
            before = Inputs.read(connection, as_of)
            stale = [node for node in before.stale(connection, self._nodes) if node.kind == "model"]
            if stale:
                selection = ["--select", *(node.selector for node in stale)]
                before.record(connection, self._nodes, self._invoke(settings, as_of, "run", *selection))
        return len(stale)

    def _invoke(self, settings: Settings, as_of: date, *command: str) -> list[str]:
        from dbt.cli.main import dbtRunner

        with _environment(settings, as_of):
            # a copy: dbt notes in the manifest that the ephemeral parents of a model are written into it,
            # and would leave them out of the next build
            done = dbtRunner(manifest=self._manifest.deepcopy()).invoke([*command, *self._options])
        if not done.success:
            failed = [
                r for r in getattr(done.result, "results", []) if str(r.status) not in ("success", "pass")
            ]
            raise AssertionError(
                "; ".join(f"{r.node.name}: {r.message}" for r in failed) or str(done.exception)
            )
        return [result.node.unique_id for result in done.result.results]


@contextmanager
def _environment(settings: Settings, as_of: date) -> Iterator[None]:
    url = make_url(settings.database_url or "")
    values = {
        "AS_OF": as_of.isoformat(),
        "HUB_PG_HOST": url.host or "",
        "HUB_PG_PORT": str(url.port),
        "HUB_PG_USER": url.username or "",
        "HUB_PG_DATABASE": url.database or "",
        "DBT_ENV_SECRET_PG_PASSWORD": str(url.password or ""),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def differences(left: Settings, right: Settings) -> list[str]:
    """Tables of ``COMPARED`` whose rows differ, with how many on either side; values are not shown."""
    ours, theirs = _content(left), _content(right)
    assert ours
    assert ours.keys() == theirs.keys()
    return [
        f"{table}: {len(ours[table] - theirs[table])} only in the first, "
        f"{len(theirs[table] - ours[table])} only in the second"
        for table in ours
        if ours[table] != theirs[table]
    ]


def _content(settings: Settings) -> dict[str, Any]:
    from collections import Counter

    with closing(psycopg2.connect(settings.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select table_schema, table_name from information_schema.tables where table_schema = any(%s) "
            "order by 1, 2",
            (list(COMPARED),),
        )
        found = {}
        for schema, table in cursor.fetchall():
            statement = sql.SQL("select md5(t::text) from {} as t").format(sql.Identifier(schema, table))
            cursor.execute(statement)
            found[f"{schema}.{table}"] = Counter(row[0] for row in cursor.fetchall())
        return found
