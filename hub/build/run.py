"""Runs one ``dbt build`` of what is stale, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from psycopg2.extensions import connection as Connection

from hub.build import nodes, project
from hub.build.inputs import Inputs
from hub.dbt import EMBEDDED
from hub.errors import StackError
from hub.processes import end_with_parent, tail
from warehouse import secret_store
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.connect import connect
from warehouse.store.postgres import libpq, server

_DONE = ("success", "pass")


def build(
    as_of: date, settings: Settings, models: Sequence[str] = (), folder: Path = project.PROJECT
) -> None:
    """Builds what is stale of the project in ``folder`` for ``as_of``; or the models named.

    What was built before something failed is recorded too. Raises ``StackError`` with the end of dbt's log.

    dbt runs in a process of its own, because it keeps state and memory. That process ends with this one.
    """
    work, log = settings.hub_home / "dbt", settings.hub_home / "logs" / "dbt-build.log"
    target = work / "target"
    for place in (work, target, work / "logs", log.parent):
        secret_store.private_folder(place)
    with closing(connect(settings, application="hub build")) as connection:
        before = Inputs.read(connection, as_of, folder)
        selection = list(models) or _selection(connection, before, target)
        if selection == []:
            with secret_store.private_log(log) as out:
                out.write(f"all is built for {as_of} from what there is: nothing to do\n".encode())
            return
        project.forget_manifest(target)
        (target / "run_results.json").unlink(missing_ok=True)
        try:
            _run(_command(folder, work, selection), as_of, settings, log)
        finally:
            _record(connection, before, target)


def _selection(connection: Connection, before: Inputs, target: Path) -> list[str] | None:
    """Returns dbt's selection of what is stale; None is everything."""
    manifest = project.manifest(target, before.definition)
    if manifest is None:
        return None
    found = nodes.read(manifest, before.seeds)
    stale = before.stale(connection, found)
    everything = sum(node.kind != "source" for node in found.values())
    return None if len(stale) == everything else [node.selector for node in stale]


def _record(connection: Connection, before: Inputs, target: Path) -> None:
    results = target / "run_results.json"
    if not results.exists():
        return  # dbt did not come as far as building
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    done = [
        result["unique_id"]
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
        if result["status"] in _DONE
    ]
    before.record(connection, nodes.read(manifest, before.seeds), done)
    project.note_manifest(target, before.definition)


def _command(folder: Path, work: Path, selection: Sequence[str] | None) -> list[str]:
    return [
        sys.executable, "-m", "hub.dbt", "--no-use-colors", "build",
        "--project-dir", str(folder), "--profiles-dir", str(folder),
        "--exclude-resource-type", "unit_test",  # about the SQL, not about today's rows
        "--target-path", str(work / "target"), "--log-path", str(work / "logs"),
        *(["--select", *selection] if selection else []),
    ]  # fmt: skip


def _run(command: Sequence[str], as_of: date, settings: Settings, log: Path) -> None:
    with secret_store.private_log(log) as out:
        done = subprocess.run(  # noqa: S603 -- our own command
            command,
            env=_environment(as_of, settings),
            cwd=PROJECT_ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            preexec_fn=end_with_parent,
        )
    if done.returncode != 0:
        locked = "".join(f"{line}\n" for line in _locked(log))
        raise StackError(f"dbt build for {as_of} failed; {locked}end of {log}:\n{tail(log)}")


def _environment(as_of: date, settings: Settings) -> dict[str, str]:
    where = server.info(settings)
    return {
        **libpq.environment(where),
        "PYTHONUTF8": "1",
        "AS_OF": as_of.isoformat(),
        EMBEDDED: "1" if where.embedded else "0",
        "HUB_PG_HOST": where.host,
        "HUB_PG_PORT": str(where.port),
        "HUB_PG_USER": where.user,
        "HUB_PG_DATABASE": where.database,
        "DBT_ENV_SECRET_PG_PASSWORD": where.password,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _locked(log: Path) -> list[str]:
    """Returns the log's lines about locks that kept tables from being replaced: somebody has to act on
    these.
    """
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return list(dict.fromkeys(line.strip() for line in lines if " is locked by " in line))
