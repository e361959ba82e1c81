"""Content that came before: told where another one was due, and only there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as declaration
from hub import status
from tests.support.fakes import DAY, DELTA, EVENTS, REPLY, SNAPSHOT, Department, rows_of
from tests.support.loading import A, B, C, delivery, load, visible
from warehouse.intake.load_feed import LoadResult
from warehouse.operations import alerts
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
#: The 5th of each month: the day after a monthly feed was due.
JUNE, JULY, AUGUST = date(2020, 6, 6), date(2020, 7, 6), date(2020, 8, 6)
NEXT = DAY + timedelta(days=1)
MOVED = {"id_number": "210102196001011001"}


def notes(settings: Settings) -> list[tuple[Any, ...]]:
    return rows_of(settings, "select as_of, code from ops.delivery_notes order by note_id")


def changed(feed_id: str, **fields: Any) -> Feed:
    """The feed as if its declaration said otherwise."""
    return Feed.model_validate({**declaration(feed_id).model_dump(by_alias=True), **fields})


def daily(feed_id: str = SNAPSHOT) -> Feed:
    freshness = {"warn_days": 2, "error_days": 5}
    return changed(feed_id, cadence="daily", schedule="5 2 * * *", freshness=freshness)


def take(settings: Settings, feed: Feed, department: Department, day: date) -> LoadResult:
    return load(settings, feed, department, day, refresh=True)


def test_last_months_bytes_under_this_months_name_are_told(fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A, B))
    again = load(fresh_hub, SNAPSHOT, delivery(A, B), JUNE)
    assert (again.outcome, again.status) == ("loaded", "loaded")
    assert visible(fresh_hub, SNAPSHOT, JUNE) == 2
    assert notes(fresh_hub) == [(JUNE, "same_as_before")]
    ((message,),) = rows_of(fresh_hub, "select message from ops.feed_runs order by run_id desc limit 1")
    assert message == again.notes[0]
    assert f"that of {DAY}, byte for byte" in again.notes[0]
    assert "ask the publisher" in again.notes[0]
    alerts.refresh(JUNE, fresh_hub, [SNAPSHOT])
    (told,) = (a.message for a in alerts.open_alerts(fresh_hub) if a.condition == "drift")
    assert again.notes[0] in told
    here = replace(fresh_hub, as_of=JUNE)
    assert any(again.notes[0] in trouble.message for trouble in status.read(here).problems)
    load(fresh_hub, SNAPSHOT, delivery(A, B, content="b"), JULY)
    changes = alerts.refresh(JULY, fresh_hub, [SNAPSHOT])
    assert ("closed", "drift") not in [(c.what, c.alert.condition) for c in changes], "its rows are the same"


def test_content_of_an_older_delivery_is_told_with_its_day(fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A))
    load(fresh_hub, SNAPSHOT, delivery(A, B, content="b"), JUNE)
    again = load(fresh_hub, SNAPSHOT, delivery(A), JULY)
    assert f"that of {DAY}, byte for byte" in again.notes[0]


def test_the_nearest_delivery_with_the_content_is_named(fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A))
    load(fresh_hub, SNAPSHOT, delivery(A), JUNE)
    load(fresh_hub, SNAPSHOT, delivery(A), AUGUST)
    again = load(fresh_hub, SNAPSHOT, delivery(A), JULY)
    assert f"that of {JUNE}, byte for byte" in again.notes[0]


def test_the_same_rows_in_other_bytes_are_told(fresh_hub: Settings) -> None:
    """As of an archive that is packed anew, or a workbook that says when it was saved."""
    load(fresh_hub, SNAPSHOT, delivery(A, B))
    again = load(fresh_hub, SNAPSHOT, delivery(B, A, content="packed again"), JUNE)
    assert notes(fresh_hub) == [(JUNE, "same_as_before")]
    assert f"every row is as in the delivery of {DAY}" in again.notes[0]


@pytest.mark.parametrize("feed", [declaration(EVENTS), daily(EVENTS)], ids=["weekly", "daily"])
def test_a_list_of_events_that_came_before_is_told(fresh_hub: Settings, feed: Feed) -> None:
    later = DAY + timedelta(days=7 if feed.cadence == "weekly" else 1)
    take(fresh_hub, feed, delivery(MOVED), DAY)
    take(fresh_hub, feed, delivery(MOVED), later)
    assert notes(fresh_hub) == [(later, "same_as_before")]


@pytest.mark.parametrize(
    ("feed_id", "first", "second", "day"),
    [
        (SNAPSHOT, delivery(A), delivery(A, B, content="b"), JUNE),
        (SNAPSHOT, delivery(A), delivery({**A, "facility": "other"}, content="b"), JUNE),
        (SNAPSHOT, delivery(), delivery(), JUNE),
        (EVENTS, delivery(), delivery(), JUNE),
        # what the hub asks for by a window that overlaps is often the same
        (DELTA, delivery({"cremation_no": "H1"}), delivery({"cremation_no": "H1"}), JUNE),
        # sent again for the day it was sent for
        (SNAPSHOT, delivery(A), delivery(A, B, content="b"), DAY),
        # asked again before a new one was due: the same is right
        (SNAPSHOT, delivery(A), delivery(A), NEXT),
        (SNAPSHOT, delivery(A), delivery(A, content="b"), NEXT),
        (SNAPSHOT, delivery(A), delivery(A), date(2020, 6, 4)),
        (EVENTS, delivery(MOVED), delivery(MOVED), NEXT),
    ],
    ids=[
        "one-more", "a-value", "empty", "no-events", "a-delta", "the-same-day", "not-due", "not-due-rows",
        "the-day-before", "events-not-due",
    ],
)  # fmt: skip
def test_what_is_no_repetition_is_not_told(
    fresh_hub: Settings, feed_id: str, first: Department, second: Department, day: date
) -> None:
    load(fresh_hub, feed_id, first)
    load(fresh_hub, feed_id, second, day, refresh=True)
    assert notes(fresh_hub) == []


def test_a_department_may_declare_that_it_repeats_itself(fresh_hub: Settings) -> None:
    feed = changed(SNAPSHOT, may_repeat=True)
    for day in (DAY, JUNE):
        take(fresh_hub, feed, delivery(A), day)
    assert notes(fresh_hub) == []


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        # nothing changed over a long holiday: no news, until the content is as old as a feed that stopped
        ("aaaaaa", ""),
        ("aaaaaaa", "6"),
        ("aaaaaaaa", "67"),
        ("aaabbbbbb", ""),
        ("abbbbbbb", "7"),
        # back to what it was before
        ("aba", "2"),
        ("aabbab", "45"),
        # the same rows in other bytes each day, as of an archive that is packed anew
        ("aAaAaA", ""),
        ("aAaAaAaA", "67"),
        ("aBAbC", ""),
        # a day without a delivery, and one without a row
        ("aaa   a", "6"),
        ("a0a0a0", ""),
    ],
)
def test_what_comes_daily_is_told_when_it_is_as_old_as_a_feed_that_stopped(
    fresh_hub: Settings, contents: str, told: str
) -> None:
    """A letter a day: the rows; a capital packs them anew."""
    rows = {"a": [A], "b": [A, B], "c": [A, B, C], "0": []}
    days = [DAY + timedelta(days=n) for n in range(len(contents))]
    for day, letter in zip(days, contents, strict=True):
        if letter != " ":
            packed = f"{letter} {day}" if letter.isupper() else letter
            take(fresh_hub, daily(), delivery(*rows[letter.lower()], content=packed), day)
    found = [day for day, code in notes(fresh_hub) if code == "same_as_before"]
    assert found == [days[int(n)] for n in told]


def test_a_daily_reply_about_the_same_people_is_no_news(fresh_hub: Settings) -> None:
    assert daily(REPLY).mode == "query_reply"
    load(fresh_hub, "platform__authorisation", delivery({"authorisation_id": "1", **MOVED}))
    for day in (DAY, NEXT):
        take(fresh_hub, daily(REPLY), delivery({**MOVED, "request_id": f"{day}"}), day)
    assert notes(fresh_hub) == []
