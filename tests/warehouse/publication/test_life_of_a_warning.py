"""What people do with a warning: through one function, each step checked, every step an event."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from tests.support.candidates import TOMORROW, evidence, put, warning
from tests.support.fakes import DAY, rows_of
from warehouse.publication.publish import publish
from warehouse.settings import Settings
from warehouse.store.connect import connect

DADONG = "210104001001"
STREET = "t_life_area_street"
READERS = {"t_life_city": "hub_2101", "t_life_heping": "hub_210102", "t_life_street": STREET}
EVENTS = "select event_type from marts.warning_events where warning_id = 'w1' order by event_seq"


@pytest.fixture
def hub(fresh_hub: Settings) -> Iterator[Settings]:
    rows_of(fresh_hub, f"create role {STREET}; insert into ops.role_regions values ('{STREET}', '210102003')")
    for role, area in READERS.items():
        rows_of(
            fresh_hub, f"create role {role}; grant hub_app, {area} to {role}; grant {role} to current_user"
        )
    put(fresh_hub, [warning("w1"), warning("w2", region_code=DADONG)], [], [])
    publish(DAY, fresh_hub)
    yield fresh_hub
    rows_of(fresh_hub, f"drop role {', '.join([*READERS, STREET])}")


def take(
    settings: Settings,
    step: str,
    opinion: str | None = None,
    outcome: str | None = None,
    *,
    warning: str = "w1",
    reader: str = "t_life_heping",
    person: str = "王科员",
) -> str:
    with closing(connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"set role {reader}")
        cursor.execute(
            "select status from marts.take_step(%s, %s, %s, %s, %s)",
            (warning, step, person, opinion, outcome),
        )
        row = cursor.fetchone()
        return str(row[0]) if row else ""


def test_a_warning_goes_its_way_and_every_step_is_an_event(hub: Settings) -> None:
    assert take(hub, "acknowledge") == "acknowledged"
    assert take(hub, "verify") == "verifying"
    assert take(hub, "resolve", " 已停发 ", "benefit_stopped") == "resolved"
    assert rows_of(
        hub, "select status, resolved_on, resolution from marts.warnings where warning_id = 'w1'"
    ) == [("resolved", DAY, "属实-停发：已停发")]
    assert rows_of(hub, EVENTS) == [("opened",), ("acknowledged",), ("verifying",), ("resolved",)]
    [(details, day)] = rows_of(
        hub, "select details, as_of from marts.warning_events order by event_seq desc limit 1"
    )
    assert day == DAY
    assert details == {
        "step": "resolve", "by": "王科员", "role": "t_life_heping", "level": "district",
        "status_before": "verifying", "opinion": "已停发", "outcome": "benefit_stopped",
    }  # fmt: skip


def test_closed_stays_closed_on_the_same_evidence_and_opens_on_new(hub: Settings) -> None:
    for step in ("acknowledge", "verify"):
        take(hub, step)
    take(hub, "dismiss", "同名不同人", "not_true")
    put(hub, [warning("w1"), warning("w2", region_code=DADONG)], [], [], TOMORROW)
    publish(TOMORROW, hub)
    assert rows_of(hub, "select status from marts.warnings where warning_id = 'w1'") == [("dismissed",)]
    new = warning("w1", evidence=evidence(death_date="2020-05-02"))
    put(hub, [new, warning("w2", region_code=DADONG)], [], [], TOMORROW)
    publish(TOMORROW, hub)
    assert rows_of(hub, "select status, resolution from marts.warnings where warning_id = 'w1'") == [
        ("open", None)
    ]
    assert rows_of(hub, EVENTS)[-2:] == [("dismissed",), ("reopened",)]


def test_a_person_opens_again_what_was_closed_too_early(hub: Settings) -> None:
    for step in ("acknowledge", "verify"):
        take(hub, step)
    take(hub, "resolve", "已调整", "benefit_adjusted")
    assert take(hub, "reopen", "金额仍不符") == "open"
    shown = "select status, resolved_on, resolution, reopened_on from marts.warnings where warning_id = 'w1'"
    assert rows_of(hub, shown) == [("open", None, None, DAY)]


@pytest.mark.parametrize(
    ("before", "step"),
    [
        ([], "verify"),
        ([], "resolve"),
        ([], "dismiss"),
        ([], "reopen"),
        ([], "withdraw"),
        ([], None),
        (["acknowledge"], "acknowledge"),
        (["acknowledge"], "resolve"),
        (["acknowledge", "verify"], "verify"),
    ],
)
def test_what_does_not_follow_is_refused(hub: Settings, before: list[str], step: Any) -> None:
    for done in before:
        take(hub, done)
    events = rows_of(hub, EVENTS)
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="from here: "):
        take(hub, step, "意见", "not_true")
    assert rows_of(hub, EVENTS) == events


def test_a_withdrawn_warning_is_nobodys_to_change(hub: Settings) -> None:
    put(hub, [], [], [], TOMORROW)
    publish(TOMORROW, hub)
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match="the system ended it"):
        take(hub, "acknowledge")


@pytest.mark.parametrize(
    ("opinion", "outcome", "found"),
    [
        (None, "benefit_stopped", "asks for an opinion"),
        ("  ", "benefit_stopped", "asks for an opinion"),
        ("已停发", None, "outcome"),
        ("已停发", "not_true", "outcome"),
        ("已停发", "no such", "one of: benefit_adjusted, benefit_stopped"),
    ],
)
def test_an_end_has_an_opinion_and_an_outcome(
    hub: Settings, opinion: str | None, outcome: str | None, found: str
) -> None:
    for step in ("acknowledge", "verify"):
        take(hub, step)
    with pytest.raises(psycopg2.errors.InvalidParameterValue, match=found):
        take(hub, "resolve", opinion, outcome)


def test_who_it_was_is_asked_for(hub: Settings) -> None:
    with pytest.raises(psycopg2.errors.InvalidParameterValue, match="say who"):
        take(hub, "acknowledge", person=" ")
    with pytest.raises(psycopg2.errors.InvalidParameterValue, match="does not belong"):
        take(hub, "acknowledge", outcome="not_true")


@pytest.mark.parametrize(
    ("handler", "reader", "may"),
    [
        ("community", "t_life_street", True),
        ("street", "t_life_street", True),
        ("district", "t_life_street", False),
        ("district", "t_life_heping", True),
        ("city", "t_life_heping", False),
        ("city", "t_life_city", True),
    ],
)
def test_only_the_level_that_handles_it_and_those_above_end_a_warning(
    hub: Settings, handler: str, reader: str, may: bool
) -> None:
    put(hub, [warning("w1", handler_level=handler)], [], [], TOMORROW)
    publish(TOMORROW, hub)
    for step in ("acknowledge", "verify"):
        take(hub, step, reader=reader)
    ways = (
        ("dismiss", "not_true"),
        ("reopen", None),
        ("acknowledge", None),
        ("verify", None),
        ("resolve", "changed_meanwhile"),
    )
    for step, outcome in ways:
        if may or step in ("acknowledge", "verify"):
            take(hub, step, "查实", outcome, reader=reader)
            continue
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match=f"for the level {handler}"):
            take(hub, step, "查实", outcome, reader=reader)
        take(hub, step, "查实", outcome, reader="t_life_city")


def test_somebody_of_a_street_here_and_a_district_there_is_of_the_street_here(hub: Settings) -> None:
    rows_of(hub, "grant hub_210104 to t_life_street")
    put(hub, [warning("w1", handler_level="district")], [], [], TOMORROW)
    publish(TOMORROW, hub)
    for step in ("acknowledge", "verify"):
        take(hub, step, reader="t_life_street")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="for the level district"):
        take(hub, "dismiss", "查实", "not_true", reader="t_life_street")


def test_an_id_number_in_an_opinion_is_masked(hub: Settings) -> None:
    for step in ("acknowledge", "verify"):
        take(hub, step)
    take(hub, "dismiss", "与210102194503071235、210102450307123同名，2020年5月12日查", "not_true")
    masked = "与210102********1235、210102********7123同名，2020年5月12日查"
    [(resolution, opinion)] = rows_of(
        hub,
        "select w.resolution, e.details ->> 'opinion' from marts.warnings as w "
        "inner join marts.warning_events as e on w.warning_id = e.warning_id and e.event_type = 'dismissed'",
    )
    assert (resolution, opinion) == (f"不属实：{masked}", masked)


def test_a_warning_of_another_area_is_not_there(hub: Settings) -> None:
    for unreachable in ("w2", "no such"):
        with pytest.raises(psycopg2.errors.NoDataFound, match="no such warning in your area"):
            take(hub, "acknowledge", warning=unreachable)
    assert take(hub, "acknowledge", warning="w2", reader="t_life_city") == "acknowledged"


def test_nothing_else_may_change_a_state(hub: Settings) -> None:
    for change in ("update marts.warnings set status = 'dismissed'", "delete from marts.warnings",
                   "insert into marts.warning_events (event_type, warning_id, rule_id, as_of) "
                   "values ('resolved', 'w1', 'death', '2020-05-12')",
                   "update ops.warning_steps set to_status = 'dismissed'"):  # fmt: skip
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            rows_of(hub, f"set role t_life_city; {change}")


def test_of_two_at_once_one_is_refused_and_publication_waits(hub: Settings) -> None:
    """A step that is not committed yet holds back the other and the publisher; neither is lost."""
    results: list[str] = []

    def second() -> None:
        try:
            results.append(take(hub, "acknowledge", person="李科员"))
        except psycopg2.errors.ObjectNotInPrerequisiteState:
            results.append("refused")

    def publisher() -> None:
        put(hub, [warning("w2", region_code=DADONG)], [], [], TOMORROW)
        publish(TOMORROW, hub)
        results.append("published")

    with closing(connect(hub)) as connection, connection.cursor() as cursor:
        cursor.execute("set role t_life_heping")
        cursor.execute("select status from marts.take_step('w1', 'acknowledge', '王科员')")
        threads = [threading.Thread(target=work) for work in (second, publisher)]
        for thread in threads:
            thread.start()
        _until_waiting(hub, 2)
        assert results == []
        connection.commit()
        for thread in threads:
            thread.join(60)
    assert sorted(results) == ["published", "refused"]
    assert rows_of(hub, EVENTS) == [("opened",), ("acknowledged",), ("withdrawn",)]


def _until_waiting(settings: Settings, wanted: int) -> None:
    """Returns when so many sessions of this database wait for the lock of publication."""
    query = (
        "select count(*) from pg_locks where locktype = 'relation' and not granted "
        "and relation = 'ops.publication_lock'::regclass"
    )
    for _ in range(20_000):
        if rows_of(settings, query) == [(wanted,)]:
            return
    raise AssertionError("nobody waited")
