"""One screen and one page: what is wrong, and a command for each of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.catalogue import load_catalogue
from connectors.errors import BatchRejected
from hub import __main__, status
from tests.conftest import make_settings
from tests.support.fakes import DAY, SNAPSHOT, Department, chunk, rows_of
from warehouse.intake import holds
from warehouse.intake.load_feed import load_feed
from warehouse.operations import alerts
from warehouse.schema.migrate import migrate
from warehouse.settings import Settings
from warehouse.store.decisions import Decision
from warehouse.store.postgres import server

pytestmark = pytest.mark.slow
REJECTED = "civil_affairs__cremation"


def screen(settings: Settings) -> list[str]:
    return list(status.lines(status.read(settings)))


def in_trouble(settings: Settings) -> str:
    """A feed held with a row set aside, a feed rejected, the others late; returns the held batch."""
    department = Department(lambda feed: [chunk(feed, [{}], bad=1)])
    batch = load_feed(SNAPSHOT, DAY, settings, puller=department.pull, decoder=department.decode).batch_id
    holds.mark_held([batch], "volume_min: found 1 <of> 5", settings)

    def refuse(feed: object) -> list[object]:
        raise BatchRejected(REJECTED, "the trailer says 5 rows")

    broken = Department(refuse)  # type: ignore[arg-type]
    with pytest.raises(BatchRejected):
        load_feed(REJECTED, DAY, settings, puller=broken.pull, decoder=broken.decode)
    return str(batch)


def test_each_trouble_has_its_command(fresh_hub: Settings) -> None:
    batch = in_trouble(fresh_hub)
    alerts.refresh(DAY, fresh_hub, [SNAPSHOT])
    text = screen(fresh_hub)
    found = {t.feed_id: t for t in status.read(fresh_hub).problems}
    assert found[SNAPSHOT].condition == "held"
    assert f"release --batch {batch}" in found[SNAPSHOT].next_step
    assert found[SNAPSHOT].alerted == DAY
    assert (found[REJECTED].condition, found[REJECTED].alerted) == ("rejected", None)
    assert f"FEED={REJECTED} FROM={DAY} TO={DAY} REFRESH=1" in found[REJECTED].next_step
    assert found[alerts.HUB].next_step == "make run"
    assert set(found) == {*load_catalogue(), alerts.HUB}
    assert "published              nothing yet: make run" in text
    assert "set aside              1 rows: make quarantine" in text
    assert len(text) < 40  # one screen


def test_every_command_it_names_is_one(fresh_hub: Settings) -> None:
    batch = in_trouble(fresh_hub)
    commands = [
        command
        for trouble in status.read(fresh_hub).problems
        for command in re.findall(r"python -m warehouse ([^,;]+)", trouble.next_step)
    ]
    assert any(batch in command for command in commands)
    parser = __main__._parser()
    for command in commands:
        parser.parse_args(command.replace("'...'", "why").split())  # exits where it is none


def test_a_published_day_with_nothing_wrong_says_so(fresh_hub: Settings) -> None:
    rows_of(
        fresh_hub,
        "insert into marts.publications (as_of, counts, content_digest) values (%s, '{}', 'x')",
        DAY,
    )
    for feed_id in load_catalogue():
        rows_of(
            fresh_hub,
            "insert into ops.feed_batches (batch_id, feed_id, as_of, mode, status, rows_received, "
            "rows_loaded, rows_duplicate, rows_quarantined, content_sha256, cursor_until, started_at, "
            "rows_changed_at) "
            "values (gen_random_uuid(), %s, %s, 'snapshot', 'loaded', 0, 0, 0, 0, repeat('0', 64), now(), "
            "now(), '2020-05-12')",
            feed_id,
            DAY,
        )
    text = screen(fresh_hub)
    assert "wrong now              nothing" in text
    (published,) = (line for line in text if line.startswith("published"))
    assert published.startswith(f"published              {DAY}, at ")
    assert "since" not in published
    assert f"business day           {DAY}" in text
    before = replace(fresh_hub, as_of=DAY - timedelta(days=1))
    assert f"business day           {before.as_of}; AS_OF={DAY} shows the newest one" in screen(before)


def test_the_page_says_the_same_and_loads_nothing(fresh_hub: Settings) -> None:
    in_trouble(fresh_hub)
    alerts.suppress(SNAPSHOT, "held", DAY, Decision("wang", "<known>"), fresh_hub)
    said: list[str] = []
    status.show(fresh_hub, said.append)
    page = (fresh_hub.hub_home / "status.html").read_text(encoding="utf-8")
    assert "found 1 &lt;of&gt; 5" in page
    assert "suppressed: &lt;known&gt;" in page
    assert all(trouble.feed_id in page for trouble in status.read(fresh_hub).problems)
    assert not re.search(r"https?://|<script|src=", page)
    assert any("suppressed: <known>" in line for line in said)


def test_without_a_database_it_says_how_to_start_it(fresh_hub: Settings) -> None:
    down = replace(fresh_hub, database_url=None)
    assert "database               was never started: 'make run' or 'make up' starts it" in screen(down)


def test_a_database_that_rests_is_woken_for_the_look(tmp_path: Path) -> None:
    """``make run`` leaves nothing running; what it left held or late is to be seen all the same."""
    settings = make_settings(tmp_path)
    try:
        with server.running(settings):
            migrate(settings)
            batch = in_trouble(settings)
        said = screen(settings)
        assert any(line.startswith("database") and "woken for this look" in line for line in said)
        assert any(batch in line for line in said)
        assert not server.is_running(settings)
    finally:
        server.destroy(settings)
