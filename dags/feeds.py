"""Defines one DAG per declared feed: loads it at its own cadence, then announces the day if it is complete.

Adding a feed adds a DAG; there is nothing to edit here.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, get_current_context, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException

from connectors.catalogue.effort import priority
from connectors.catalogue.load import FEEDS_ROOT, read_declaration
from dags.common import CITY_TIME, DAY_COMPLETE, RETRIES, day_of, feed_asset, to_publish
from dags.notify import AlertNotifier

PREFIX = "feed__"
#: Last day for which a schedule starts runs by itself; unset: no last day. The stand-in city's stack
#: sets it, because that city's clock stands still and has no data for today's real date.
UNTIL = os.environ.get("HUB_SCHEDULE_UNTIL", "")


def feed_dag(declaration: dict[str, Any]) -> DAG:
    """Builds the DAG of one feed from its declaration as plain data."""
    feed_id: str = declaration["feed_id"]
    queries = declaration["mode"] == "query_reply"
    with DAG(
        dag_id=PREFIX + feed_id,
        dag_display_name=f"{declaration['name']['zh']} {feed_id}",
        description=declaration["name"]["en"],
        schedule=CronTriggerTimetable(declaration["schedule"], timezone="Asia/Shanghai"),
        start_date=datetime(2019, 10, 31, tzinfo=CITY_TIME),
        end_date=_end(UNTIL),
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": declaration["owner"],
            "on_failure_callback": AlertNotifier([feed_id]),
            **RETRIES,
        },
        tags=["feed", feed_id.split("__", 1)[0], declaration["protocol"], declaration["cadence"]],
        params={
            "refresh": Param(False, type="boolean", description="pull again although the day is loaded"),
            "reconcile": Param(False, type="boolean", description="compare a delta with its whole source"),
            "announce": Param(
                True, type="boolean", description="publish the day when it is complete with this"
            ),
            "wait_for": Param(
                [], type="array", description="feeds that must be loaded for the day too, due or not"
            ),
        },
    ) as dag:
        announcement = to_publish(dag.dag_id)

        # one task, not two: starting a task costs more than most of these pulls. Of those that wait for a
        # place the longest begins first, or the day waits for it alone in the end
        @task(
            outlets=[feed_asset(feed_id), announcement],
            priority_weight=priority(declaration),
            weight_rule="absolute",
        )
        def load() -> None:
            from connectors.errors import BatchRejected, DeclarationError
            from hub import day_steps

            context = get_current_context()
            day, params = day_of(context), context["params"]
            try:
                summary = day_steps.load(
                    feed_id,
                    day,
                    queries=queries,
                    refresh=bool(params["refresh"]),
                    reconcile=bool(params["reconcile"]),
                )
            except (BatchRejected, DeclarationError) as error:
                # the same bytes would be refused again: somebody has to look
                raise AirflowFailException(str(error)) from None
            print(summary)  # noqa: T201 -- goes to the task's log
            complete = None
            if params["announce"]:
                complete = day_steps.day_to_publish(feed_id, day, params["wait_for"])
            if complete:
                context["outlet_events"][announcement].add(
                    DAY_COMPLETE, extra={"as_of": complete.isoformat()}
                )

        load()
    return dag


def _end(day: str) -> datetime | None:
    return datetime.fromisoformat(day).replace(tzinfo=CITY_TIME) + timedelta(days=1) if day else None


def _declarations() -> list[dict[str, Any]]:
    """Reads all declarations for the DAG processor; a task reads only its own."""
    wanted = get_parsing_context().dag_id
    if wanted and wanted.startswith(PREFIX):
        domain, _, name = wanted.removeprefix(PREFIX).partition("__")
        return [read_declaration(FEEDS_ROOT / domain / name / "feed.yml")]
    return [read_declaration(path) for path in sorted(FEEDS_ROOT.glob("*/*/feed.yml"))]


for _declaration in _declarations():
    _dag = feed_dag(_declaration)
    globals()[_dag.dag_id] = _dag
