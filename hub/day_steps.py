"""The steps of a day that Airflow's tasks call. Airflow knows only when; every step also works without it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import BatchRejected, NotYetDelivered
from hub.dbt import EMBEDDED
from hub.errors import StackError
from hub.processes import end_with_parent, tail
from warehouse import secret_store
from warehouse.intake import day_status
from warehouse.publication import state
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.postgres import libpq, server

if TYPE_CHECKING:
    from warehouse.publication.publish import PublicationResult


def load(feed_id: str, as_of: date, *, queries: bool, refresh: bool, reconcile: bool = False) -> str:
    """Loads one feed for one day. Returns a line for the log; raises the errors of ``connectors.errors``.

    ``reconcile`` reads a delta's whole source and compares it, as does the day of the month that its
    declaration names.
    """
    from connectors.catalogue import load_feed as declaration
    from warehouse.intake.load_feed import load_feed

    settings = Settings.from_env()
    if queries and day_status.loaded_until(as_of, settings).get(day_status.AUTHORISATION) != as_of:
        raise NotYetDelivered(
            feed_id, f"nobody may be asked about before {day_status.AUTHORISATION} is loaded for {as_of}"
        )
    note = ""
    cursor = declaration(feed_id).cursor
    is_due = cursor is not None and cursor.reconcile_day == as_of.day
    is_due = is_due and day_status.is_pending(feed_id, as_of, settings)
    try:
        result = load_feed(feed_id, as_of, settings, refresh=refresh, whole=reconcile or is_due)
    except BatchRejected as error:
        if reconcile or not is_due:
            raise
        # the hub made this comparison by itself: a refusal is recorded, and the day's changes still load
        note = f"; its whole source was refused: {error}"
        result = load_feed(feed_id, as_of, settings, refresh=refresh)
    return (
        f"{feed_id} {as_of}: {result.outcome}, {result.received} received = {result.loaded} loaded "
        f"+ {result.duplicate} duplicate + {result.quarantined} set aside{note}"
    )


def day_to_publish(feed_id: str, as_of: date, wait_for: Sequence[str] = ()) -> date | None:
    """Returns the day that became complete with this feed, or None while another feed is missing or will
    announce it.

    ``wait_for``: feeds pulled together with it that may not be due, and would otherwise arrive after the
    gate. If a feed is loaded again for a past day, the newest published day is returned: that one must be
    built again.
    """
    settings = Settings.from_env()
    day = max(as_of, state.last_published(settings) or as_of)
    loaded = day_status.loaded_until(as_of, settings)
    if day_status.missing_feeds(day, settings) or any(loaded.get(feed) != as_of for feed in wait_for):
        return None
    return day if day_status.claim_announcement(feed_id, as_of, settings) else None


def record_missing_feeds(as_of: date) -> list[str]:
    """Returns the feeds that are late for ``as_of`` and records in the ledger that the day was built without
    them.
    """
    settings = Settings.from_env()
    late = day_status.missing_feeds(as_of, settings)
    if late:
        day_status.record_missing(late, as_of, settings)
    return late


def build(as_of: date, models: Sequence[str] = ()) -> None:
    """Runs one ``dbt build`` for ``as_of``, of all models or those named.

    Raises ``StackError`` with the end of its log.

    dbt runs in a process of its own, because it keeps state and memory. That process ends with this one.
    """
    settings = Settings.from_env()
    project = PROJECT_ROOT / "dbt_project"
    work = settings.hub_home / "dbt"
    log = settings.hub_home / "logs" / "dbt-build.log"
    for folder in (work, work / "target", work / "logs", log.parent):
        secret_store.private_folder(folder)
    command = [
        sys.executable, "-m", "hub.dbt", "--no-use-colors", "build",
        "--project-dir", str(project), "--profiles-dir", str(project),
        "--exclude-resource-type", "unit_test",  # about the SQL, not about today's rows
        "--target-path", str(work / "target"), "--log-path", str(work / "logs"),
        *(["--select", *models] if models else []),
    ]  # fmt: skip
    with secret_store.private_log(log) as out:
        done = subprocess.run(  # noqa: S603 -- our own command
            command,
            env=_dbt_environment(as_of, settings),
            cwd=PROJECT_ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            preexec_fn=end_with_parent,
        )
    if done.returncode != 0:
        locked = "".join(f"{line}\n" for line in _locked(log))
        raise StackError(f"dbt build for {as_of} failed; {locked}end of {log}:\n{tail(log)}")


def _dbt_environment(as_of: date, settings: Settings) -> dict[str, str]:
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


def publish(as_of: date, checked: str) -> PublicationResult | None:
    """Publishes the candidate marts in one transaction.

    ``checked`` is the digest of the batches that the gate passed. Returns None, and publishes nothing, if the
    batches changed since: one that arrived after the check may be in the build, and nobody has checked it.
    """
    from warehouse.publication.publish import publish as publish_day

    settings = Settings.from_env()
    if state.batches_digest(as_of, settings) != checked:
        return None
    return publish_day(as_of, settings)
