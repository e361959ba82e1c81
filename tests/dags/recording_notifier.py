"""A notifier of somebody's own, as ``HUB_ALERT_NOTIFIER`` may name it."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.sdk.bases.notifier import BaseNotifier


class RecordingNotifier(BaseNotifier):
    template_fields = ("text",)
    told: ClassVar[list[str]] = []

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def notify(self, context: Any) -> None:
        self.told.append(self.text)
