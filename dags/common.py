"""Shares names of assets, default arguments and the day of a run among the DAG files.

Nothing here may import the catalogue's models, pandas, polars, dbt or Great Expectations: the DAG processor
parses these files again and again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, AssetAlias

CITY_TIME = ZoneInfo("Asia/Shanghai")
#: Says that every feed due for a day has arrived; its event carries that day as ``as_of``.
DAY_COMPLETE = Asset(name="day_complete", uri="hub://day-complete")
RETRIES = {
    "retries": 3,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
}


def feed_asset(feed_id: str) -> Asset:
    """Returns the asset that a feed's DAG updates."""
    return Asset(name=f"feed_{feed_id}", uri=f"hub://feed/{feed_id}")


def models_asset(group: str) -> Asset:
    """Returns the asset of a group of models: a build updates those of which it built something."""
    return Asset(name=f"models_{group}", uri=f"hub://models/{group}")


def to_publish(dag_id: str) -> AssetAlias:
    """Returns the alias under which a task adds ``DAY_COMPLETE`` when there is something to publish.

    An outlet with that asset itself would announce it at every end of the task. Each DAG has an alias of its
    own, because two tasks that tie the same alias to the asset for the first time at once both fail.
    """
    return AssetAlias(f"to_publish__{dag_id}")


def day_of(context: Mapping[str, Any]) -> date:
    """Returns the day of a run: ``conf.as_of``, else the day the triggering assets name, else its logical
    date.

    The clock is an input: the same day gives the same rows, whenever the run happens.
    """
    run = context["dag_run"]
    if given := (run.conf or {}).get("as_of"):
        return date.fromisoformat(str(given))
    named = [
        date.fromisoformat(event.extra["as_of"])
        for events in (context.get("triggering_asset_events") or {}).values()
        for event in events
        if "as_of" in (event.extra or {})
    ]
    if named:
        return max(named)
    moment = run.logical_date or run.run_after
    day: date = moment.astimezone(CITY_TIME).date()
    return day
