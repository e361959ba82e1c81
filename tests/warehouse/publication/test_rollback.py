"""Past publications are read as they were, and published again with one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from hub.__main__ import main
from tests.faults.harness import state
from tests.faults.reader import Readers, mixed
from tests.support.candidates import evidence, hit, put, unanswered, warning
from tests.support.fakes import DAY, rows_of
from warehouse.errors import OperationRefused
from warehouse.publication.publish import publish
from warehouse.publication.rollback import publications, rollback
from warehouse.settings import Settings
from warehouse.store.connect import connect
from warehouse.store.decisions import Decision

pytestmark = pytest.mark.slow

WHY = Decision("wang", "the prison feed was wrong")
KEYS = {"warnings": "warning_id", "cross_check_hits": "hit_id", "unanswered": "person_id, feed_id"}
#: Names a publication; all other columns must come back as they were.
NUMBER = "publication_id"
Marts = dict[str, list[tuple[Any, ...]]]


def read(settings: Settings, source: str = "marts.{}", without: str = "") -> Marts:
    """Every column of every row, in the order of the key."""
    found = {}
    for table, key in KEYS.items():
        row = f"(to_jsonb(t) - '{without}')::text"
        found[table] = rows_of(settings, f"select {row} from {source.format(table)} as t order by {key}")
    return found


def as_of(settings: Settings, publication: int) -> Marts:
    return read(settings, f"marts.{{}}_as_of({publication})")


def publish_day(settings: Settings, number: int) -> int:
    """Day 0: w0 to w9. Later days: some gone, some changed, some new; hits and unanswered likewise."""
    day = DAY + timedelta(days=number)
    severity = ("red", "orange", "yellow")[number % 3]
    warnings = [
        warning(f"w{n}", severity=severity if n < 4 else "red", evidence=evidence(number + 1, fact=n))
        for n in range(number, 10 + number)
    ]
    hits = [
        hit(f"h{n}", evidence=evidence(fact=n + number // 2), overpaid_months=1 + number // 2)
        for n in range(6)
        if (n + number) % 3
    ]
    put(settings, warnings, hits, [unanswered(f"p{n}") for n in range(number, 4 + number)], day=day)
    return publish(day, settings).publication_id


@pytest.fixture
def three(fresh_hub: Settings) -> tuple[Settings, list[int], list[Marts]]:
    """A hub with publications A, B and C, and what was read after each."""
    ids, seen = [], []
    for number in range(3):
        ids.append(publish_day(fresh_hub, number))
        seen.append(read(fresh_hub))
    return fresh_hub, ids, seen


def test_each_publication_reads_as_it_was(three: tuple[Settings, list[int], list[Marts]]) -> None:
    settings, ids, seen = three
    assert seen[0] != seen[1] != seen[2]
    assert [as_of(settings, each) for each in ids] == seen


def test_what_a_person_does_shows_from_the_next_publication_on(fresh_hub: Settings) -> None:
    first = publish_day(fresh_hub, 0)
    before = read(fresh_hub)
    rows_of(fresh_hub, "update marts.warnings set status = 'acknowledged' where warning_id = 'w7'")
    second = publish_day(fresh_hub, 1)
    assert as_of(fresh_hub, first) == before
    status = "select status from marts.warnings_as_of(%s) where warning_id = 'w7'"
    assert rows_of(fresh_hub, status, second) == [("acknowledged",)]


def test_rolling_back_to_a_gives_a(three: tuple[Settings, list[int], list[Marts]]) -> None:
    settings, ids, _ = three
    done = rollback(ids[0], WHY, settings)
    assert done.as_of == DAY
    assert done.publication_id > ids[2]
    wanted = read(settings, f"marts.{{}}_as_of({ids[0]})", without=NUMBER)
    now = read(settings, without=NUMBER)
    known = {table: [row for row in now[table] if row in wanted[table]] for table in now}
    assert known == wanted
    # what is younger than A is no longer in force, and is still there
    younger = "warning_id not in (select warning_id from marts.warnings_as_of(%s))"
    assert rows_of(settings, f"select distinct status from marts.warnings where {younger}", ids[0]) == [
        ("withdrawn",)
    ]
    assert rows_of(settings, f"select count(*) from marts.warnings where {younger}", ids[0]) == [(2,)]
    assert as_of(settings, done.publication_id) == read(settings)


def test_the_record_says_who_rolled_back_and_why(three: tuple[Settings, list[int], list[Marts]]) -> None:
    settings, ids, _ = three
    done = rollback(ids[0], WHY, settings)
    newest = publications(settings)[0]
    assert (newest.publication_id, newest.rollback_to) == (done.publication_id, ids[0])
    assert (newest.decided_by, newest.reason) == ("wang", "the prison feed was wrong")
    steps = rows_of(
        settings,
        "select event_type, details ->> 'status_before' from marts.warning_events "
        "where publication_id = %s and details ->> 'rollback_to' = %s order by warning_id",
        done.publication_id,
        str(ids[0]),
    )
    # w0 and w1 had gone and are back, w2 and w3 changed, w10 and w11 are younger
    assert steps == [
        ("reopened", "withdrawn"),
        ("reopened", "withdrawn"),
        ("withdrawn", "open"),
        ("withdrawn", "open"),
        ("changed", "open"),
        ("changed", "open"),
    ]


@pytest.mark.parametrize("status", ["acknowledged", "verifying", "resolved", "dismissed"])
def test_what_a_person_did_since_is_not_lost(fresh_hub: Settings, status: str) -> None:
    first = publish_day(fresh_hub, 0)
    publish_day(fresh_hub, 1)
    mine = (status, date(2020, 5, 14), "called them")
    rows_of(
        fresh_hub,
        "update marts.warnings set status = %s, resolved_on = %s, resolution = %s where warning_id = 'w2'",
        *mine,
    )
    rollback(first, WHY, fresh_hub)
    row = "select status, resolved_on, resolution, severity from marts.warnings where warning_id = 'w2'"
    assert rows_of(fresh_hub, row) == [(*mine, "red")]


def test_work_the_condition_of_which_is_gone_is_withdrawn_and_on_record(fresh_hub: Settings) -> None:
    """w1 was withdrawn in B and came back in C, where somebody took it up."""
    put(fresh_hub, [warning("w1")])
    publish(DAY, fresh_hub)
    put(fresh_hub, [], day=DAY + timedelta(days=1))
    second = publish(DAY + timedelta(days=1), fresh_hub).publication_id
    put(fresh_hub, [warning("w1")], day=DAY + timedelta(days=2))
    publish(DAY + timedelta(days=2), fresh_hub)
    rows_of(fresh_hub, "update marts.warnings set status = 'verifying'")
    rollback(second, WHY, fresh_hub)
    assert rows_of(fresh_hub, "select status, resolved_on from marts.warnings") == [
        ("withdrawn", DAY + timedelta(days=1))
    ]
    last = "select event_type, details ->> 'status_before' from marts.warning_events order by event_seq desc"
    assert rows_of(fresh_hub, last)[0] == ("withdrawn", "verifying")


def test_the_next_publication_goes_on_from_there(three: tuple[Settings, list[int], list[Marts]]) -> None:
    settings, ids, _ = three
    rollback(ids[0], WHY, settings)
    again = publish_day(settings, 2)
    assert again > ids[2]
    open_now = "select warning_id from marts.warnings where status = 'open' order by 1"
    assert [name for (name,) in rows_of(settings, open_now)] == sorted(f"w{n}" for n in range(2, 12))


def test_readers_see_rollbacks_whole(three: tuple[Settings, list[int], list[Marts]], tmp_path: Path) -> None:
    settings, ids, _ = three
    with Readers(str(settings.database_url), tmp_path) as readers:
        states = [state(settings)]
        for target in (ids[0], ids[1], ids[2], ids[0], ids[1]):
            rollback(target, WHY, settings)
            states.append(state(settings))
    seen = readers.seen()
    assert mixed(seen, states) == 0
    assert len(seen) > 1


def test_older_than_k_is_let_go(fresh_hub: Settings) -> None:
    rows_of(fresh_hub, "update ops.settings set value = '2' where name = 'kept_publications'")
    ids = [publish_day(fresh_hub, 0), publish_day(fresh_hub, 1)]
    second = read(fresh_hub)
    ids.append(publish_day(fresh_hub, 2))
    assert [p.is_kept for p in publications(fresh_hub)] == [True, True, False]
    assert as_of(fresh_hub, ids[1]) == second
    with pytest.raises(psycopg2.DatabaseError, match=f"publication {ids[0]} is not kept"):
        as_of(fresh_hub, ids[0])
    with pytest.raises(OperationRefused, match="not kept"):
        rollback(ids[0], WHY, fresh_hub)
    needed = "select count(*) from marts.kept_rows where to_publication <= %s"
    assert rows_of(fresh_hub, needed, ids[1]) == [(0,)]


def test_the_one_in_force_and_one_that_never_was_are_refused(
    three: tuple[Settings, list[int], list[Marts]],
) -> None:
    settings, ids, _ = three
    for target, why in ((ids[2], "in force"), (ids[2] + 100, "not kept")):
        with pytest.raises(OperationRefused, match=why):
            rollback(target, WHY, settings)
    assert len(publications(settings)) == 3


def test_a_row_that_stays_the_same_is_kept_once(fresh_hub: Settings) -> None:
    for number in range(4):
        put(fresh_hub, [warning("w1")], day=DAY + timedelta(days=number))
        publish(DAY + timedelta(days=number), fresh_hub)
    put(fresh_hub, [warning("w1"), warning("w2")], day=DAY + timedelta(days=4))
    last = publish(DAY + timedelta(days=4), fresh_hub).publication_id
    assert rows_of(fresh_hub, "select row_key, count(*) from marts.kept_rows group by 1 order by 1") == [
        ("w1", 1),
        ("w2", 1),
    ]
    assert as_of(fresh_hub, last) == read(fresh_hub)


@pytest.fixture
def roles(fresh_hub: Settings) -> Iterator[None]:
    names = {"r_app": "hub_app, hub_210102", "r_analyst": "hub_analyst, hub_210102"}
    for role, groups in names.items():
        rows_of(fresh_hub, f"create role {role}; grant {groups} to {role}; grant {role} to current_user")
    yield
    rows_of(fresh_hub, f"drop role {', '.join(names)}")


def test_policies_and_masks_hold_for_the_past_too(fresh_hub: Settings, roles: None) -> None:
    put(fresh_hub, [warning("w1"), warning("w2", region_code="210104001001")], [hit("h1")], [unanswered("p")])
    first = publish(DAY, fresh_hub).publication_id
    put(fresh_hub, [warning("w1", severity="orange")], day=DAY + timedelta(days=1))
    publish(DAY + timedelta(days=1), fresh_hub)
    rollback(first, WHY, fresh_hub)
    own = "select warning_id, full_name from marts.{}({})"
    asked = own.format("warnings_as_of", first)
    assert rows_of(fresh_hub, f"set role r_app; {asked}") == [("w1", "张三丰")]
    masked = own.format("warnings_masked_as_of", first)
    assert rows_of(fresh_hub, f"set role r_analyst; {masked}") == [("w1", "张**")]
    for table in KEYS:
        now = f"select to_jsonb(t)::text from marts.{table}_masked as t"
        past = f"select to_jsonb(t)::text from marts.{table}_masked_as_of({first}) as t"
        second = rows_of(fresh_hub, f"set role r_analyst; {past}")
        assert second
        strip = f"select distinct (r::jsonb - '{NUMBER}')::text from ({{}}) as q (r)"
        assert rows_of(fresh_hub, f"set role r_analyst; {strip.format(now)}") == rows_of(
            fresh_hub, f"set role r_analyst; {strip.format(past)}"
        )
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        rows_of(fresh_hub, f"set role r_analyst; {asked}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        rows_of(fresh_hub, "set role r_analyst; select identity from marts.kept_rows")


def test_nobody_waits_for_a_reader(three: tuple[Settings, list[int], list[Marts]]) -> None:
    settings, ids, _ = three
    with closing(connect(settings)) as report, report.cursor() as cursor:
        cursor.execute("select count(*) from marts.warnings, marts.cross_check_hits, marts.unanswered")
        cursor.execute("select count(*) from marts.kept_rows, marts.publications")
        assert rollback(ids[0], WHY, settings).publication_id > ids[2]


def test_the_command(
    three: tuple[Settings, list[int], list[Marts]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, ids, _ = three
    monkeypatch.setattr("hub.__main__._settings", lambda: settings)
    assert main(["rollback", "--to", str(ids[0]), "--reason", "wrong rows", "--by", "li"]) == 0
    assert f"as publication {ids[0]} of {DAY}" in capsys.readouterr().out
    assert main(["publications"]) == 0
    assert f"rollback to {ids[0]} by li: wrong rows" in capsys.readouterr().out
    assert main(["rollback", "--to", "999", "--reason", "wrong rows"]) == 2
