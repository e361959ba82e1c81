"""Sends alerts through Airflow's notifier interface: into ``ops.alerts``, and on to a notifier of choice.

``HUB_ALERT_NOTIFIER`` names a notifier class (``package.module.Class``, any ``BaseNotifier`` of an Airflow
provider), ``HUB_ALERT_NOTIFIER_ARGS`` its arguments as a JSON object; templates in them may use ``alerts``.
Without it, which is the default, nothing leaves the hub.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk.bases.notifier import BaseNotifier

from dags.common import day_of

NOTIFIER = "HUB_ALERT_NOTIFIER"
ARGUMENTS = "HUB_ALERT_NOTIFIER_ARGS"


class AlertNotifier(BaseNotifier):  # type: ignore[misc,unused-ignore]
    """Brings the alerts in line with the ledger. ``feeds``: only these; None means all feeds and the hub."""

    def __init__(self, feeds: Sequence[str] | None = None) -> None:
        super().__init__()
        self.feeds = feeds

    def notify(self, context: Mapping[str, Any]) -> None:
        """Refreshes the alerts of the run's day and hands new ones on to the configured notifier."""
        from warehouse.operations import alerts
        from warehouse.settings import Settings

        changes = alerts.refresh(day_of(context), Settings.from_env(), self.feeds)
        for change in changes:
            self.log.info("%s: %s %s", change.what, change.alert.feed_id, change.alert.condition)
        news = [c for c in changes if c.what != "updated" and c.alert.suppressed is None]
        if news and os.environ.get(NOTIFIER):
            hand_on(
                context, [f"{c.what}: {c.alert.feed_id} {c.alert.condition}: {c.alert.message}" for c in news]
            )


def hand_on(context: Mapping[str, Any], alerts: list[str]) -> None:
    """Calls the configured notifier with ``alerts`` (lines for people, no personal values) in its context."""
    module, _, name = os.environ[NOTIFIER].rpartition(".")
    notifier = getattr(importlib.import_module(module), name)
    notifier(**json.loads(os.environ.get(ARGUMENTS) or "{}"))({**context, "alerts": alerts})
