"""One day under the real scheduler: published, exact, repeatable; killed in the middle; poisoned.

The tests of this file share one home, whose hub stays up, and go in the order they stand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from connectors.catalogue.load import load_catalogue
from connectors.connections import parse
from hub.processes import Processes
from tests.end_to_end.hub import AS_OF, Done, Hub
from warehouse.store.postgres import server

pytestmark = pytest.mark.slow

#: A snapshot a rule rests on: when nine rows of ten are gone the gate must not let the day pass.
POISONED = "public_security__prison"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that is up."""
    hub = Hub(tmp_path_factory.mktemp("end to end"))
    up = hub.command("up")
    assert up.code == 0, up.said
    yield hub
    hub.command("down")


@pytest.fixture(scope="module")
def published(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """What an undisturbed run published."""
    run = hub.command("run")
    assert run.code == 0, run.said
    assert "预警 Open warnings" in run.said
    return hub.marts()


def test_every_feed_ran_under_the_scheduler(hub: Hub, published: dict[str, Any]) -> None:
    ran = hub.rows(
        "select distinct dag_id from dag_run where state = 'success' and dag_id like 'feed%'", "airflow"
    )
    assert {dag for (dag,) in ran} == {f"feed__{feed}" for feed in load_catalogue()}


def test_every_row_is_accounted_for(hub: Hub, published: dict[str, Any]) -> None:
    balanced = hub.rows(
        "select feed_id, bool_and(rows_received = rows_loaded + rows_duplicate + rows_quarantined) "
        "from ops.feed_batches where status = 'loaded' group by feed_id"
    )
    assert {feed for feed, is_balanced in balanced if is_balanced} == set(load_catalogue())


def test_what_was_published_is_exactly_what_was_planted(hub: Hub, published: dict[str, Any]) -> None:
    assert all(published.values())
    verify = hub.command("verify")
    assert verify.code == 0, verify.said


def test_the_same_day_again_changes_nothing(hub: Hub, published: dict[str, Any]) -> None:
    before = hub.rows("select max(publication_id) from marts.publications")
    again = hub.command("run")
    assert again.code == 0, again.said
    assert hub.marts() == published
    assert hub.rows("select max(publication_id) from marts.publications") == before


def test_no_secret_reaches_a_log(hub: Hub, published: dict[str, Any]) -> None:
    lines = (hub.home / "sandbox" / "connections.env").read_text(encoding="utf-8").splitlines()
    connections = [parse(value, name) for name, _, value in (line.partition("=") for line in lines)]
    secrets = {c.password for c in connections if c.password}
    assert secrets
    for log in (hub.home / "logs").rglob("*.log"):
        text = log.read_text(encoding="utf-8", errors="replace")
        assert not any(secret in text for secret in secrets), log


def test_a_past_day_can_be_loaded_by_one_command(hub: Hub, published: dict[str, Any]) -> None:
    done = hub.command(
        "backfill", "--feed", "civil_affairs__marriage", "--from", "2020-05-10", "--to", "2020-05-11"
    )
    assert done.code == 0, done.said
    days = hub.rows(
        "select as_of from ops.feed_batches where feed_id = 'civil_affairs__marriage' and status = 'loaded' "
        "order by as_of"
    )
    assert [day for (day,) in days] == [date(2020, 5, 10), date(2020, 5, 11), AS_OF]
    assert hub.marts() == published


def _again(hub: Hub) -> Done:
    day = AS_OF.isoformat()
    return hub.command("backfill", "--feed", POISONED, "--from", day, "--to", day, "--refresh")


def test_people_are_told_once_of_a_feed_that_fails_twice(hub: Hub, published: dict[str, Any]) -> None:
    before = hub.told(POISONED)
    hub.habit(POISONED, "truncated_file")
    first = _again(hub)
    assert first.code == 3, first.said
    ((condition, message),) = hub.alerts(POISONED)
    assert condition == "rejected"
    told = [*before, f"opened: {POISONED} rejected: {message}"]
    assert hub.told(POISONED) == told

    hub.habit(POISONED, "truncated_file", on=False)
    hub.habit(POISONED, "empty_file")
    second = _again(hub)
    assert second.code == 3, second.said
    # half an archive and none are refused in the same words
    assert hub.alerts(POISONED) == [("rejected", message)]
    assert hub.told(POISONED) == told
    hub.habit(POISONED, "empty_file", on=False)
    assert hub.marts() == published


def test_a_poisoned_feed_leaves_the_marts_and_is_named(hub: Hub, published: dict[str, Any]) -> None:
    hub.habit(POISONED, "poison")
    done = _again(hub)
    assert done.code == 4, done.said
    assert POISONED in done.said
    # nine tenths of the keys of the delivery before are missing: the loader holds it, before the gate looks
    ((reason,),) = hub.rows(
        f"select held_reason from ops.feed_batches where feed_id = '{POISONED}' and status = 'held'"
    )
    assert " keys of " in reason
    assert reason in done.said
    assert hub.marts() == published


def test_killed_in_the_middle_and_run_again_gives_the_same(
    hub: Hub, published: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    hub.command("down")  # two of them at once would only wait for each other
    killed = Hub(tmp_path_factory.mktemp("killed"))
    said = killed.kill_run_when(lambda text: re.search(r"feeds: [1-9]\d* of", text) is not None)
    assert "publication" not in said
    run = killed.command("run")
    assert run.code == 0, run.said
    assert not Processes(killed.home).sweep(), "run leaves nothing running"
    with server.running(killed.settings()):
        assert killed.marts() == published
