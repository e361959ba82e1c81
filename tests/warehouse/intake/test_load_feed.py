"""Promises 1, 2 and 3: rows balance, loading twice changes nothing, a crash leaves nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta

import psycopg2
import pytest

from connectors.catalogue import Feed
from connectors.catalogue import load_feed as declaration
from connectors.delivery import DecodedChunk
from connectors.errors import BatchRejected, FeedError, NotYetDelivered, SourceUnavailable
from hub import status
from tests.support.fakes import DAY, REPLY, SNAPSHOT, Department, chunk, rows_of
from tests.support.loading import A, B, counts, delivery, load
from warehouse.errors import LoadFailed
from warehouse.intake import batches
from warehouse.intake.load_feed import LoadResult
from warehouse.operations import alerts
from warehouse.settings import PROJECT_ROOT, Settings
from warehouse.store.connect import connect


def test_every_row_is_accounted_for(fresh_hub: Settings) -> None:
    result = load(fresh_hub, SNAPSHOT, delivery(A, A, B, bad=2))
    assert result.outcome == "loaded"
    assert counts(result) == (5, 2, 1, 2)
    ledger = rows_of(
        fresh_hub,
        "select rows_received, rows_loaded, rows_duplicate, rows_quarantined, landing_path, status "
        "from ops.feed_batches",
    )
    assert ledger == [(5, 2, 1, 2, f"landing/{SNAPSHOT}/2020-05-12", "loaded")]
    assert rows_of(
        fresh_hub, "select count(*) from ops.quarantine where batch_id = %s", str(result.batch_id)
    ) == [(2,)]
    assert rows_of(fresh_hub, "select outcome from ops.feed_runs") == [("loaded",)]


def test_the_database_refuses_counts_that_do_not_balance(fresh_hub: Settings) -> None:
    load(fresh_hub, SNAPSHOT, delivery(A))
    with pytest.raises(psycopg2.errors.CheckViolation, match="every_row_is_accounted_for"):
        rows_of(fresh_hub, "update ops.feed_batches set rows_loaded = 0")


def test_values_arrive_as_decoded(fresh_hub: Settings) -> None:
    odd = '引号"、逗号,\n换行'
    load(fresh_hub, SNAPSHOT, delivery({**A, "full_name": odd}, {**B, "full_name": ""}))
    found = rows_of(
        fresh_hub, f"select id_number, full_name, custody_start, row_no from raw.{SNAPSHOT} order by row_no"
    )
    assert found == [
        (A["id_number"], odd, date(2020, 1, 1), 1),
        (B["id_number"], "", date(2020, 1, 1), 2),
    ]


def test_loading_twice_changes_nothing(fresh_hub: Settings) -> None:
    first = load(fresh_hub, SNAPSHOT, delivery(A, B))
    department = delivery(A, B)
    again = load(fresh_hub, SNAPSHOT, department)
    assert again.outcome == "unchanged"
    assert again.batch_id == first.batch_id
    assert department.windows == []  # the department was not even asked
    refreshed = load(fresh_hub, SNAPSHOT, delivery(A, B), refresh=True)
    assert (refreshed.outcome, counts(refreshed)) == ("unchanged", counts(first))
    assert rows_of(fresh_hub, f"select count(*) from raw.{SNAPSHOT}") == [(2,)]
    runs = rows_of(fresh_hub, "select outcome from ops.feed_runs order by run_id")
    assert runs == [("loaded",), ("unchanged",), ("unchanged",)]


def test_key_conflicts_are_set_aside(fresh_hub: Settings) -> None:
    result = load(
        fresh_hub, SNAPSHOT, delivery({**A, "full_name": "张三"}, {**A, "full_name": "张四"}, B, bad=1)
    )
    assert counts(result) == (4, 2, 0, 2)
    found = rows_of(
        fresh_hub,
        "select row_no, column_name, payload->>'id_number', payload->>'full_name' from ops.quarantine "
        "where reason_code = 'key_conflict'",
    )
    assert found == [(2, "id_number,custody_start", "210102********1001", "张*")]


AUTHORISED = [
    {"authorisation_id": "S1", "id_number": "p1", "scope": "all", "check_due_on": DAY},
    {"authorisation_id": "S2", "id_number": "p2", "scope": "government_only", "check_due_on": DAY},
    {"authorisation_id": "S3", "id_number": "p3", "scope": "all", "check_due_on": DAY + timedelta(days=1)},
    {
        "authorisation_id": "S4",
        "id_number": "p4",
        "scope": "all",
        "check_due_on": DAY,
        "authorised_until": DAY,
    },
    {
        "authorisation_id": "S5",
        "id_number": "p5",
        "scope": "all",
        "check_due_on": DAY,
        "authorised_until": DAY - timedelta(days=1),
    },
    {"authorisation_id": "S6", "id_number": "p6", "scope": "all", "check_due_on": DAY},
    {
        "authorisation_id": "S6",
        "id_number": "p6",
        "scope": "all",
        "check_due_on": DAY,
        "operation": "delete",
        "updated_at": datetime(2020, 5, 2),
    },
    {"authorisation_id": "S7", "id_number": "p1", "scope": "all", "check_due_on": DAY},
    {"authorisation_id": "S8", "id_number": "p8", "scope": "all", "check_due_on": DAY},
]


def test_only_authorised_persons_are_asked_about(fresh_hub: Settings) -> None:
    with pytest.raises(NotYetDelivered, match="platform__authorisation"):
        load(fresh_hub, REPLY, delivery())
    load(fresh_hub, "platform__authorisation", delivery(*AUTHORISED))
    department = delivery(
        {"id_number": "p1", "sequence_no": 1, "answer": "found"},
        {"id_number": "p4", "sequence_no": 2, "answer": "none"},
    )
    load(fresh_hub, REPLY, department)
    assert [(s.seq, s.id_number) for s in department.asked[0]] == [(1, "p1"), (2, "p4"), (3, "p8")]
    assert rows_of(
        fresh_hub, "select request_id, seq, id_number, status from ops.query_requests order by seq"
    ) == [
        (f"{declaration(REPLY).department_code}-20200512", 1, "p1", "answered"),
        (f"{declaration(REPLY).department_code}-20200512", 2, "p4", "none"),
        (f"{declaration(REPLY).department_code}-20200512", 3, "p8", "no_answer"),
    ]
    government = delivery()
    load(fresh_hub, "public_security__vehicle", government)
    assert [s.id_number for s in government.asked[0]] == ["p1", "p2", "p4", "p8"]


def test_a_failure_is_recorded_and_leaves_nothing(fresh_hub: Settings) -> None:
    department = Department(lambda feed: [chunk(feed, [A]), chunk(feed, [{**B, "full_name": "\x00"}])])
    with pytest.raises(LoadFailed):
        load(fresh_hub, SNAPSHOT, department)
    short = delivery(A)
    short.announced = 2
    with pytest.raises(BatchRejected, match="2 rows were announced, 1 were found"):
        load(fresh_hub, SNAPSHOT, short)
    assert rows_of(fresh_hub, "select outcome from ops.feed_runs order by run_id") == [
        ("failed",),
        ("rejected",),
    ]
    for table in (f"raw.{SNAPSHOT}", "ops.feed_batches", "ops.quarantine"):
        assert rows_of(fresh_hub, f"select count(*) from {table}") == [(0,)]


def test_nothing_of_a_row_reaches_the_message_of_a_failure(fresh_hub: Settings) -> None:
    def explode(feed: object) -> list[object]:
        raise ValueError("bad row of 王德福 210102196001011233")

    with pytest.raises(LoadFailed) as caught:
        load(fresh_hub, SNAPSHOT, Department(explode))  # type: ignore[arg-type]
    message = rows_of(fresh_hub, "select message from ops.feed_runs")[0][0]
    for said in (message, str(caught.value)):
        assert "ValueError at test_load_feed.py, line " in said
        assert "nothing was loaded" in said
        assert "210102" not in said
        assert "王德福" not in said


_CRASH = """
import sys
from pathlib import Path
from tests.conftest import make_settings
from tests.support.fakes import DAY, SNAPSHOT, Department, chunk
from warehouse.intake.load_feed import load_feed

def chunks(feed):
    yield chunk(feed, [{"id_number": "210102196001011233"}], bad=3)
    print("half way", flush=True)
    sys.stdin.read()

department = Department(chunks)
load_feed(SNAPSHOT, DAY, make_settings(Path(sys.argv[1]), DATABASE_URL=sys.argv[2]),
          puller=department.pull, decoder=department.decode)
"""


def test_a_killed_loader_leaves_nothing_but_a_record(fresh_hub: Settings) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CRASH, str(fresh_hub.hub_home), str(fresh_hub.database_url)],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "half way\n"
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    _until_the_lock_falls(fresh_hub)
    told = [
        a.message for c in alerts.refresh(DAY, fresh_hub, [SNAPSHOT]) if (a := c.alert).condition == "failed"
    ]
    assert len(told) == 1
    assert re.search("the attempt that began at 20.* ended without a word.* load the feed again", told[0])
    (trouble,) = [t for t in status.read(replace(fresh_hub, as_of=DAY)).problems if t.condition == "failed"]
    assert trouble.message == told[0]
    # the next loader waits for the killed one's lock to fall, so what it finds is final
    result = load(fresh_hub, SNAPSHOT, delivery(A, bad=1))
    assert counts(result) == (2, 1, 0, 1)
    assert rows_of(fresh_hub, f"select count(*) from raw.{SNAPSHOT}") == [(1,)]
    assert rows_of(fresh_hub, "select count(*) from ops.quarantine") == [(1,)]
    assert rows_of(fresh_hub, "select count(*) from ops.feed_batches") == [(1,)]
    runs = rows_of(fresh_hub, "select outcome, as_of, message is null from ops.feed_runs order by run_id")
    assert runs == [("died", DAY, False), ("loaded", DAY, True)]
    assert ("closed", "failed") in [
        (c.what, c.alert.condition) for c in alerts.refresh(DAY, fresh_hub, [SNAPSHOT])
    ]
    assert rows_of(fresh_hub, "select count(*) from ops.open_attempts") == [(0,)]


def _until_the_lock_falls(settings: Settings) -> None:
    """The server sees that a client died when it next writes to it: wait for the lock, as a loader does."""
    with (
        closing(connect(settings, lock_timeout_ms=60_000)) as connection,
        connection.cursor() as cursor,
    ):
        batches.lock_feed(cursor, SNAPSHOT)


@pytest.mark.parametrize("ends", [LoadFailed, BatchRejected, NotYetDelivered, SourceUnavailable])
def test_an_attempt_that_ends_with_an_error_is_open_no_more(
    fresh_hub: Settings, ends: type[FeedError]
) -> None:
    def fail(feed: object) -> list[object]:
        raise ends(SNAPSHOT, "as it happens")

    with pytest.raises(ends):
        load(fresh_hub, SNAPSHOT, Department(fail))  # type: ignore[arg-type]
    assert rows_of(fresh_hub, "select count(*) from ops.open_attempts") == [(0,)]
    load(fresh_hub, SNAPSHOT, delivery(A))
    outcomes = rows_of(fresh_hub, "select outcome from ops.feed_runs order by run_id")
    assert outcomes[-1] == ("loaded",)
    assert ("died",) not in outcomes


@pytest.mark.parametrize("stops", [KeyboardInterrupt, SystemExit])
def test_an_attempt_that_was_stopped_is_on_record(fresh_hub: Settings, stops: type[BaseException]) -> None:
    def stop(feed: object) -> list[object]:
        raise stops

    with pytest.raises(stops):
        load(fresh_hub, SNAPSHOT, Department(stop), DAY - timedelta(days=1))  # type: ignore[arg-type]
    assert rows_of(fresh_hub, "select feed_id from ops.dead_attempts()") == [(SNAPSHOT,)]
    load(fresh_hub, SNAPSHOT, delivery(A))
    runs = rows_of(fresh_hub, "select outcome, as_of from ops.feed_runs order by run_id")
    assert runs == [("died", DAY - timedelta(days=1)), ("loaded", DAY)]


def test_an_attempt_at_work_is_not_taken_for_dead(fresh_hub: Settings) -> None:
    seen: list[list[tuple[object, ...]]] = []

    def look(feed: Feed) -> list[DecodedChunk]:
        seen.append(rows_of(fresh_hub, "select feed_id, as_of from ops.open_attempts"))
        seen.append(rows_of(fresh_hub, "select feed_id from ops.dead_attempts()"))
        return [chunk(feed, [A])]

    load(fresh_hub, SNAPSHOT, Department(look))
    assert seen == [[(SNAPSHOT, DAY)], []]


def test_two_loaders_of_one_feed_take_turns(fresh_hub: Settings) -> None:
    department = delivery(A)
    results: list[LoadResult] = []
    threads = [
        threading.Thread(target=lambda: results.append(load(fresh_hub, SNAPSHOT, department)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.outcome for r in results) == ["loaded", "unchanged"]
    assert len(department.windows) == 1
