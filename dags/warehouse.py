"""Publishes a day: checks the loaded feeds, builds the models, checks the candidate marts, publishes them.

Runs when the last feed of a day has arrived. Start it by hand (conf ``{"as_of": "2020-05-12"}``) to publish
without a late feed: the ledger then records which were missing. A feed that arrives while the models are
built may be in them unchecked; then nothing is published, and the day is built once more. If the day is
already published from the same batches, the announcement is skipped.
"""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import Any

from airflow.sdk import DAG, AssetAlias, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.common import CITY_TIME, DAY_COMPLETE, RETRIES, day_of, models_asset, to_publish
from dags.notify import AlertNotifier

#: Executor of the two gates, which has imported Great Expectations beforehand; unset: the default one.
GATE_EXECUTOR = os.environ.get("HUB_GATE_EXECUTOR") or None


def _pass_or_fail(result: Any) -> None:
    """Says what was found, and fails the task without a retry: a failed check is an answer, and trying again
    would give the same one.
    """
    for failure in result.failures:
        print(f"{failure.severity}: {failure}")  # noqa: T201
    print(f"{result.checked} checked, {len(result.failures)} checks failed; each: {result.docs_path}")  # noqa: T201
    if not result.ok:
        raise AirflowFailException("; ".join(str(failure) for failure in result.errors))


with DAG(
    dag_id="publish_warehouse",
    dag_display_name="发布 publish_warehouse",
    description="Check the arrived feeds, build the models, check the candidate marts, publish them",
    schedule=[DAY_COMPLETE],
    start_date=datetime(2019, 10, 31, tzinfo=CITY_TIME),
    catchup=False,
    max_active_runs=1,
    default_args={
        "owner": "platform-desk",
        "on_failure_callback": AlertNotifier(),
        **RETRIES,
        "retries": 1,
    },
    tags=["warehouse"],
    params={"as_of": Param(None, type=["null", "string"], description="the day to publish, YYYY-MM-DD")},
) as dag:
    # of these the task adds the groups that it built something of
    built = AssetAlias("built_models")

    @task(executor=GATE_EXECUTOR)
    def check_feeds() -> str:
        from hub import day_steps
        from warehouse.publication import state
        from warehouse.settings import Settings

        context = get_current_context()
        day, settings = day_of(context), Settings.from_env()
        # a run started by hand always publishes: a rule may have changed though the batches did not
        announced = context.get("triggering_asset_events")
        if announced and state.is_published(day, settings):
            raise AirflowSkipException(f"{day} is published from these very batches: nothing to build")
        from expectations.gate import check_feeds as check  # dear to import: only where there is work

        before = state.batches_digest(day, settings)
        if late := day_steps.record_missing_feeds(day):
            print(f"{day} is built without {len(late)} late feeds: {', '.join(late)}")  # noqa: T201
        _pass_or_fail(check(day, settings))
        return before  # names the batches that were checked

    @task(outlets=[built])
    def build() -> None:
        from hub import day_steps
        from hub.build import results
        from warehouse.settings import Settings

        context, began = get_current_context(), time.time()
        path = results.results_file(Settings.from_env().hub_home)
        try:
            day_steps.build(day_of(context))
        finally:
            nodes = results.read(path, since=began)
            print("\n".join(map(str, nodes)))  # noqa: T201
        for group, summary in results.summaries(nodes).items():
            context["outlet_events"][built].add(models_asset(group), extra=summary)

    @task(executor=GATE_EXECUTOR)
    def check_marts() -> None:
        from expectations.gate import check_marts as check
        from warehouse.settings import Settings

        _pass_or_fail(check(day_of(get_current_context()), Settings.from_env()))

    announcement = to_publish(dag.dag_id)

    @task(outlets=[announcement], on_success_callback=AlertNotifier())
    def publish(checked: str) -> None:
        from hub import day_steps

        context = get_current_context()
        day = day_of(context)
        done = day_steps.publish(day, checked)
        print(done or "a feed arrived after the check: not published, starting again")  # noqa: T201
        if done is None:
            context["outlet_events"][announcement].add(DAY_COMPLETE, extra={"as_of": day.isoformat()})

    checked = check_feeds()
    checked >> build() >> check_marts() >> publish(checked)
