"""Alerts open, are updated and close by what the ledger says; a person only silences them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import psycopg2
import pytest

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as declaration
from connectors.delivery import DecodedChunk
from connectors.errors import BatchRejected, SourceUnavailable
from tests.support.fakes import DAY, Department, chunk, rows_of
from warehouse.errors import OperationRefused
from warehouse.intake import holds
from warehouse.intake.load_feed import LoadResult, load_feed
from warehouse.operations import alerts
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

pytestmark = pytest.mark.slow
#: Due every day.
FEED = "civil_affairs__cremation"
NEXT = DAY + timedelta(days=1)
WHY = Decision("wang", "the department moves house")


def load(
    settings: Settings, day: date = DAY, content: str = "a", failure: Exception | None = None
) -> LoadResult:
    def chunks(feed: Feed) -> Sequence[DecodedChunk]:
        if failure:
            raise failure
        return [chunk(feed, [{"cremation_no": content}])]

    department = Department(chunks, content)
    return load_feed(FEED, day, settings, refresh=True, puller=department.pull, decoder=department.decode)


def changed(
    settings: Settings, day: date = DAY, feeds: Sequence[str] | None = (FEED,)
) -> list[tuple[str, str]]:
    return [(c.what, c.alert.condition) for c in alerts.refresh(day, settings, feeds)]


def publish(settings: Settings, day: date) -> None:
    rows_of(
        settings,
        "insert into marts.publications (as_of, counts, content_digest) values (%s, '{}', 'x')",
        day,
    )


def test_a_late_feed_opens_one_alert_that_closes_when_it_comes(fresh_hub: Settings) -> None:
    assert changed(fresh_hub) == [("opened", "late")]
    assert changed(fresh_hub) == []
    (alert,) = alerts.open_alerts(fresh_hub)
    assert (alert.feed_id, alert.owner) == (FEED, declaration(FEED).owner)
    assert alert.message == f"due on {DAY}, last loaded never"
    assert changed(fresh_hub, NEXT) == [("updated", "late")]
    load(fresh_hub, NEXT)
    assert changed(fresh_hub, NEXT) == [("closed", "late")]
    assert alerts.open_alerts(fresh_hub) == []
    # the next time is another alert: the former one is history
    assert changed(fresh_hub, NEXT + timedelta(days=1)) == [("opened", "late")]
    assert rows_of(fresh_hub, "select count(*), count(closed_at) from ops.alerts") == [(2, 1)]


@pytest.mark.parametrize(
    ("failure", "condition"),
    [
        (BatchRejected(FEED, "the trailer says 5 rows"), "rejected"),
        (SourceUnavailable(FEED, "no answer"), "unavailable"),
        (ValueError("what?"), "failed"),
    ],
)
def test_a_failed_attempt_says_why_and_not_late_besides(
    fresh_hub: Settings, failure: Exception, condition: str
) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 -- each kind ends in its own error
        load(fresh_hub, failure=failure)
    assert changed(fresh_hub) == [("opened", condition)]
    # that the day was built without it is no news about the feed
    rows_of(
        fresh_hub,
        "insert into ops.feed_runs (feed_id, as_of, outcome, started_at) "
        "values (%s, %s, 'not_delivered', now())",
        FEED,
        DAY,
    )
    assert changed(fresh_hub) == []
    load(fresh_hub)
    assert changed(fresh_hub) == [("closed", condition)]


def test_a_held_batch_is_held_until_it_is_released(fresh_hub: Settings) -> None:
    batch = load(fresh_hub).batch_id
    holds.mark_held([batch], "volume_min: found 1", fresh_hub)
    assert changed(fresh_hub) == [("opened", "held")]
    assert alerts.open_alerts(fresh_hub)[0].message.endswith("volume_min: found 1")
    holds.release([batch], fresh_hub)
    assert changed(fresh_hub) == [("closed", "held")]


def test_volume_and_drift_follow_the_latest_check(fresh_hub: Settings) -> None:
    batch = str(load(fresh_hub).batch_id)

    def check(name: str, column: str | None, success: bool) -> None:
        rows_of(
            fresh_hub,
            "insert into ops.check_results (check_run_id, as_of, stage, feed_id, batch_id, check_name, "
            "column_name, severity, success, observed, expected) "
            "values ('r', %s, 'feeds', %s, %s, %s, %s, 'warning', %s, '9', 'at most 5')",
            DAY, FEED, batch, name, column, success,
        )  # fmt: skip

    check("volume_max", None, False)
    check("codes_known", "operation", False)
    assert sorted(changed(fresh_hub)) == [("opened", "drift"), ("opened", "volume")]
    assert [a.message for a in alerts.open_alerts(fresh_hub)] == [
        "codes_known of operation: found 9, expected at most 5",
        "volume_max: found 9, expected at most 5",
    ]
    check("volume_max", None, True)
    assert changed(fresh_hub) == [("closed", "volume")]


def test_the_publication_has_an_alert_of_its_own(fresh_hub: Settings) -> None:
    load(fresh_hub)
    assert ("opened", "not_published") in changed(fresh_hub, feeds=None)
    publish(fresh_hub, DAY)
    assert changed(fresh_hub, feeds=[alerts.HUB]) == [("closed", "not_published")]
    # a look at a past day, from a backfill, is a look at the published one
    assert changed(fresh_hub, DAY - timedelta(days=9), feeds=[FEED, alerts.HUB]) == []


def test_only_the_named_feeds_are_touched(fresh_hub: Settings) -> None:
    alerts.refresh(DAY, fresh_hub)
    before = len(alerts.open_alerts(fresh_hub))
    load(fresh_hub)
    assert changed(fresh_hub) == [("closed", "late")]
    assert len(alerts.open_alerts(fresh_hub)) == before - 1


def test_a_suppression_has_a_reason_and_an_end(fresh_hub: Settings) -> None:
    changed(fresh_hub)
    (change,) = alerts.suppress(FEED, "late", NEXT, WHY, fresh_hub)
    assert (change.what, change.alert.suppressed, change.alert.until) == ("updated", WHY.reason, NEXT)
    assert [c.alert.suppressed for c in alerts.refresh(NEXT, fresh_hub, [FEED])] == [WHY.reason]
    (change,) = alerts.refresh(NEXT + timedelta(days=1), fresh_hub, [FEED])
    assert change.alert.suppressed is None
    with pytest.raises(OperationRefused, match="would suppress nothing"):
        alerts.suppress(FEED, None, DAY - timedelta(days=1), WHY, fresh_hub)
    with pytest.raises(OperationRefused, match="no feed"):
        alerts.suppress("no__feed", None, NEXT, WHY, fresh_hub)
    with pytest.raises(psycopg2.errors.CheckViolation):
        rows_of(fresh_hub, "update ops.alert_suppressions set reason = ' '")


def test_a_second_open_alert_is_refused_by_the_database(fresh_hub: Settings) -> None:
    changed(fresh_hub)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        rows_of(
            fresh_hub,
            "insert into ops.alerts (feed_id, condition, owner, message, opened_for, last_day) "
            "select feed_id, condition, owner, message, opened_for, last_day from ops.alerts",
        )
