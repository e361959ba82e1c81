"""The life of a warning through publications, and promise 6: readers see whole runs and never wait."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.candidates import TOMORROW, evidence, hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from warehouse.errors import PublicationRefused
from warehouse.publication.publish import PublicationResult, publish
from warehouse.settings import Settings
from warehouse.store.connect import LOCK_TIMEOUT_MS, connect

LATER = DAY + timedelta(days=2)


def run(settings: Settings, *warnings: dict[str, Any], day: date = DAY) -> PublicationResult:
    put(settings, warnings, day=day)
    return publish(day, settings)


def state(settings: Settings, name: str = "w1") -> tuple[Any, ...]:
    return rows_of(
        settings,
        "select status, opened_on, last_seen_on, resolved_on, due_on from marts.warnings "
        "where warning_id = %s",
        name,
    )[0]


def events(settings: Settings) -> list[str]:
    return [
        f"{kind} {name}"
        for kind, name in rows_of(
            settings, "select event_type, warning_id from marts.warning_events order by event_seq"
        )
    ]


def test_a_warning_opens_is_seen_again_and_withdrawn(fresh_hub: Settings) -> None:
    result = run(fresh_hub, warning("w1"), warning("w2"))
    assert result.counts["warnings_opened"] == 2
    assert result.counts["open_by_rule"] == {"death": 2}
    # a daily snapshot says the same under another batch and row
    again = warning("w1", due_on=date(2020, 6, 1), evidence=evidence(7, death_date="2020-05-01"))
    run(fresh_hub, again, warning("w2"), day=TOMORROW)
    assert state(fresh_hub) == ("open", DAY, TOMORROW, None, date(2020, 5, 19))
    run(fresh_hub, warning("w2"), day=LATER)
    assert state(fresh_hub) == ("withdrawn", DAY, TOMORROW, LATER, date(2020, 5, 19))
    assert rows_of(fresh_hub, "select resolution from marts.warnings where warning_id = 'w1'")[0][0]
    assert events(fresh_hub) == ["opened w1", "opened w2", "withdrawn w1"]


def test_what_was_withdrawn_reopens(fresh_hub: Settings) -> None:
    run(fresh_hub, warning("w1"))
    run(fresh_hub, day=TOMORROW)
    run(fresh_hub, warning("w1", due_on=date(2020, 5, 21)), day=LATER)
    assert state(fresh_hub) == ("open", DAY, LATER, None, date(2020, 5, 21))
    assert events(fresh_hub) == ["opened w1", "withdrawn w1", "reopened w1"]


@pytest.mark.parametrize(
    "change",
    [
        {"evidence": evidence(death_date="2020-05-02")},
        {"severity": "orange"},
        {"sub_type": "other"},
        {"handler_level": "district"},
        {"region_code": "210103001001"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_is_an_event(fresh_hub: Settings, change: dict[str, Any]) -> None:
    run(fresh_hub, warning("w1"))
    run(fresh_hub, warning("w1", due_on=date(2020, 6, 1), **change), day=TOMORROW)
    assert state(fresh_hub) == ("open", DAY, TOMORROW, None, date(2020, 5, 19))
    details = rows_of(fresh_hub, "select details from marts.warning_events where event_type = 'changed'")
    assert details[0][0]["changed"] == [next(iter(change))]


@pytest.mark.parametrize(
    ("before", "after", "due", "said"),
    [
        ("yellow", "orange", date(2020, 6, 1), {"due_before": "2020-05-19", "due_on": "2020-06-01"}),
        ("orange", "red", date(2020, 5, 14), {"due_before": "2020-05-19", "due_on": "2020-05-14"}),
        ("yellow", "red", date(2020, 5, 14), {"due_before": "2020-05-19", "due_on": "2020-05-14"}),
        ("orange", "yellow", date(2020, 6, 1), {}),
        ("red", "orange", date(2020, 6, 1), {}),
    ],
)
@pytest.mark.parametrize("status", ["open", "verifying"])
def test_a_graver_warning_is_due_by_its_own_limit(
    fresh_hub: Settings, before: str, after: str, due: date, said: dict[str, str], status: str
) -> None:
    """Counted from the day it became graver, and the event says so; a lighter one keeps its day."""
    run(fresh_hub, warning("w1", severity=before))
    rows_of(fresh_hub, "update marts.warnings set status = %s", status)
    run(fresh_hub, warning("w1", severity=after, due_on=due), day=TOMORROW)
    assert state(fresh_hub)[-1] == (due if said else date(2020, 5, 19))
    ((details,),) = rows_of(
        fresh_hub, "select details from marts.warning_events where event_type = 'changed'"
    )
    assert {k: v for k, v in details.items() if k.startswith("due")} == said
    run(fresh_hub, warning("w1", severity=after, due_on=date(2020, 7, 1)), day=LATER)
    assert state(fresh_hub)[-1] == (due if said else date(2020, 5, 19)), "a day set stays set"


@pytest.mark.parametrize("closed", ["resolved", "dismissed"])
def test_what_a_person_closed_stays_closed(fresh_hub: Settings, closed: str) -> None:
    run(fresh_hub, warning("w1"))
    rows_of(fresh_hub, "update marts.warnings set status = %s, resolved_on = %s", closed, DAY)
    run(fresh_hub, warning("w1", evidence=evidence(9, death_date="2020-05-01")), day=TOMORROW)
    assert state(fresh_hub)[0] == closed
    run(fresh_hub, warning("w1", evidence=evidence(death_date="2020-05-03")), day=LATER)
    assert state(fresh_hub)[0] == "open"
    assert events(fresh_hub) == ["opened w1", "reopened w1"]


def test_work_in_progress_is_kept(fresh_hub: Settings) -> None:
    run(fresh_hub, warning("w1"))
    rows_of(fresh_hub, "update marts.warnings set status = 'verifying'")
    run(fresh_hub, warning("w1", severity="orange"), day=TOMORROW)
    assert state(fresh_hub)[0] == "verifying"


def test_the_same_content_is_published_once(fresh_hub: Settings) -> None:
    first = run(fresh_hub, warning("w1"))
    before = rows_of(fresh_hub, "select xmin::text, * from marts.warnings")
    put(fresh_hub, [warning("w1", evidence=evidence(3, death_date="2020-05-01"))])
    again = publish(DAY, fresh_hub)
    assert (again.unchanged, again.publication_id) == (True, first.publication_id)
    assert again.counts == first.counts
    assert rows_of(fresh_hub, "select xmin::text, * from marts.warnings") == before
    assert rows_of(fresh_hub, "select count(*) from marts.publications") == [(1,)]


def test_going_back_is_refused(fresh_hub: Settings) -> None:
    run(fresh_hub, warning("w1"), day=TOMORROW)
    put(fresh_hub, [warning("w1")], day=DAY)
    with pytest.raises(PublicationRefused, match="2020-05-13 is published already, 2020-05-12 is older"):
        publish(DAY, fresh_hub)
    put(fresh_hub, [warning("w1")], day=DAY)
    with pytest.raises(PublicationRefused, match="was built for 2020-05-12, not for 2020-05-14"):
        publish(LATER, fresh_hub)
    rows_of(fresh_hub, "drop table candidate.unanswered")
    with pytest.raises(PublicationRefused, match="build the models first"):
        publish(LATER, fresh_hub)


def test_hits_and_unanswered_come_and_go(fresh_hub: Settings) -> None:
    seen = "select first_seen_on, last_seen_on, is_current from marts."
    put(fresh_hub, hits=[hit("h1"), hit("h2")], missing=[unanswered("p1")])
    publish(DAY, fresh_hub)
    put(fresh_hub, hits=[hit("h1")], day=TOMORROW)
    publish(TOMORROW, fresh_hub)
    assert rows_of(fresh_hub, seen + "cross_check_hits order by hit_id") == [
        (DAY, TOMORROW, True),
        (DAY, DAY, False),
    ]
    assert rows_of(fresh_hub, seen + "unanswered") == [(DAY, DAY, False)]
    put(fresh_hub, hits=[hit("h2", evidence=evidence(2))], missing=[unanswered("p1")], day=LATER)
    publish(LATER, fresh_hub)
    assert rows_of(fresh_hub, seen + "cross_check_hits order by hit_id") == [
        (DAY, TOMORROW, False),
        (DAY, LATER, True),
    ]
    assert rows_of(fresh_hub, seen + "unanswered") == [(DAY, LATER, True)]


def test_a_hit_says_what_was_paid_on_as_of_the_newest_publication(fresh_hub: Settings) -> None:
    told = (
        "select sub_type, overlap_until, overpaid_months, overpaid_amount::text from marts.cross_check_hits"
    )
    put(fresh_hub, hits=[hit("h1")])
    first = publish(DAY, fresh_hub)
    assert rows_of(fresh_hub, told) == [("dead", None, 1, "300.00")]
    changed = hit("h1", overlap_until=LATER, overpaid_months=0, overpaid_amount=0)
    put(fresh_hub, hits=[changed], day=TOMORROW)
    publish(TOMORROW, fresh_hub)
    assert rows_of(fresh_hub, told) == [("dead", LATER, 0, "0.00")]
    before = told.replace("cross_check_hits", f"cross_check_hits_masked_as_of({first.publication_id})")
    assert rows_of(fresh_hub, before) == [("dead", None, 1, "300.00")]


def test_readers_see_whole_runs_and_nobody_waits(fresh_hub: Settings) -> None:
    run(fresh_hub, *[warning(f"w{n}") for n in range(50)])
    stop, seen, slowest = threading.Event(), set(), [0.0]

    def poll() -> None:
        with closing(connect(fresh_hub, lock_timeout_ms=500)) as connection:
            connection.autocommit = True
            while not stop.is_set():
                began = time.perf_counter()
                with connection.cursor() as cursor:
                    cursor.execute(
                        "select max(publication_id), count(*) filter (where status = 'open'), "
                        "count(distinct severity) from marts.warnings"
                    )
                    seen.add(cursor.fetchone())
                slowest[0] = max(slowest[0], time.perf_counter() - began)

    held = connect(fresh_hub)
    with held.cursor() as cursor:  # a report that stays open all the while
        cursor.execute("select count(*) from marts.warnings, marts.cross_check_hits, marts.publications")
    reader = threading.Thread(target=poll)
    reader.start()
    began = time.perf_counter()
    for step in range(1, 9):
        severity = ("orange", "red")[step % 2]
        rows = [warning(f"w{n}", severity=severity) for n in range(50 + step)]
        put(fresh_hub, rows, day=DAY + timedelta(days=step))
        publish(DAY + timedelta(days=step), fresh_hub)
    elapsed = time.perf_counter() - began
    stop.set()
    reader.join()
    held.close()
    # every state seen is one publication's: its number of warnings, all of one severity
    assert seen <= {(step + 1, 50 + step, 1) for step in range(9)}
    assert seen
    assert slowest[0] < 5
    assert elapsed < LOCK_TIMEOUT_MS / 1000
