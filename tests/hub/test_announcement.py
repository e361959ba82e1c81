"""A complete day is announced by one feed, whatever the order of commits, and again when more has come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date

import pytest

from hub import day_steps
from tests.support.fakes import DAY
from warehouse.intake import day_status
from warehouse.settings import Settings
from warehouse.store.connect import connect

pytestmark = pytest.mark.slow

FIRST, SECOND = "public_security__vehicle", "public_security__exit_entry"


def ended(settings: Settings, *feeds: str, outcome: str = "loaded", day: date = DAY) -> None:
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        for feed in feeds:
            cursor.execute(
                "insert into ops.feed_runs (feed_id, as_of, outcome, started_at) values (%s, %s, %s, now())",
                (feed, day, outcome),
            )


def test_feeds_that_end_at_once_announce_once(fresh_hub: Settings) -> None:
    feeds = [f"domain__feed_{n}" for n in range(6)]
    ended(fresh_hub, *feeds)
    with ThreadPoolExecutor(len(feeds)) as pool:
        said = list(pool.map(lambda feed: day_status.claim_announcement(feed, DAY, fresh_hub), feeds))
    assert sum(said) == 1


def test_one_that_ended_first_and_was_seen_last_still_announces(fresh_hub: Settings) -> None:
    ended(fresh_hub, FIRST, SECOND)
    assert day_status.claim_announcement(FIRST, DAY, fresh_hub)
    assert not day_status.claim_announcement(SECOND, DAY, fresh_hub)


@pytest.mark.parametrize("outcome", ["loaded", "unchanged"])
def test_what_ends_after_an_announcement_is_announced_again(fresh_hub: Settings, outcome: str) -> None:
    ended(fresh_hub, FIRST, SECOND)
    assert day_status.claim_announcement(SECOND, DAY, fresh_hub)
    ended(fresh_hub, FIRST, outcome=outcome)
    assert day_status.claim_announcement(FIRST, DAY, fresh_hub)
    assert not day_status.claim_announcement(FIRST, DAY, fresh_hub)


def test_each_day_is_announced_by_itself(fresh_hub: Settings) -> None:
    ended(fresh_hub, FIRST)
    ended(fresh_hub, FIRST, day=date(2020, 5, 13))
    assert day_status.claim_announcement(FIRST, DAY, fresh_hub)
    assert day_status.claim_announcement(FIRST, date(2020, 5, 13), fresh_hub)


def test_a_failed_run_is_nothing_new(fresh_hub: Settings) -> None:
    ended(fresh_hub, FIRST)
    assert day_status.claim_announcement(FIRST, DAY, fresh_hub)
    ended(fresh_hub, SECOND, outcome="failed")
    assert not day_status.claim_announcement(FIRST, DAY, fresh_hub)


def test_feeds_pulled_together_are_waited_for_though_not_due(
    fresh_hub: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the day is built without those that come a moment later, and then once more."""
    monkeypatch.setattr(Settings, "from_env", lambda: fresh_hub)
    monkeypatch.setattr(day_status, "missing_feeds", lambda day, settings: [])
    loaded = {FIRST: DAY, SECOND: date(2020, 5, 1)}
    monkeypatch.setattr(day_status, "loaded_until", lambda day, settings: loaded)
    ended(fresh_hub, FIRST)
    assert day_steps.day_to_publish(FIRST, DAY, [FIRST, SECOND]) is None
    loaded[SECOND] = DAY
    ended(fresh_hub, SECOND)
    assert day_steps.day_to_publish(SECOND, DAY, [FIRST, SECOND]) == DAY
