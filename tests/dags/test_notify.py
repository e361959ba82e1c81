"""The hub's notifier, called as Airflow calls it: into the table, and on only where somebody asked for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dags import notify
from tests.dags.recording_notifier import RecordingNotifier
from tests.support.fakes import DAY, rows_of
from warehouse.operations import alerts
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

pytestmark = pytest.mark.slow
FEED = "civil_affairs__cremation"
CONTEXT = {"dag_run": SimpleNamespace(conf={"as_of": DAY.isoformat()})}


@pytest.fixture
def hub(fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A database that ``Settings.from_env`` finds, and a notifier that was told nothing yet."""
    for name, value in {
        "DATABASE_URL": fresh_hub.database_url or "",
        "HUB_HOME": str(fresh_hub.hub_home),
        "HUB_PERSON_KEY": fresh_hub.person_key,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(RecordingNotifier, "told", [])
    return fresh_hub


def test_nothing_is_handed_on_unless_configured(hub: Settings) -> None:
    notify.AlertNotifier([FEED])(dict(CONTEXT))
    assert rows_of(hub, "select feed_id, condition from ops.alerts") == [(FEED, "late")]
    assert RecordingNotifier.told == []


def test_a_configured_notifier_is_told_once_and_not_of_what_is_suppressed(
    hub: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(notify.NOTIFIER, "tests.dags.recording_notifier.RecordingNotifier")
    monkeypatch.setenv(notify.ARGUMENTS, '{"text": "{{ alerts | join(\', \') }}"}')
    alerts.suppress("finance__icbc", None, DAY, Decision("wang", "known"), hub)
    notifier = notify.AlertNotifier([FEED, "finance__icbc"])
    notifier(dict(CONTEXT))
    notifier(dict(CONTEXT))
    assert RecordingNotifier.told == [f"opened: {FEED} late: due on {DAY}, last loaded never"]
