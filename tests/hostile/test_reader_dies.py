"""A reader that aborts, eats memory or never ends: the attempt is on record, and the next feed is loaded."""

from __future__ import annotations

import re

import pytest

from connectors.catalogue import load_feed as declaration
from connectors.decode import pipeline
from connectors.decode.apart import Reader
from connectors.errors import BatchRejected
from tests.connectors.decode import bad_readers as bad
from tests.hostile.file_world import CSV, ROWS, XLSX, FileWorld, csv_bytes, lines, rows
from tests.hostile.protocol_harness import Hub
from warehouse.intake.load_feed import load_feed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("reader", "says"),
    [
        (bad.aborts, "signal 6 (SIGABRT)"),
        (bad.faults, "signal 11 (SIGSEGV)"),
        (bad.eats_memory, "more than 900 MB"),
        (bad.never_ends, "did not end within 3 seconds"),
        (bad.panics, "its reader failed (Panic"),
    ],
)
def test_the_attempt_is_on_record_and_the_next_feed_is_loaded(
    hub: Hub, world: FileWorld, monkeypatch: pytest.MonkeyPatch, reader: Reader, says: str
) -> None:
    monkeypatch.setitem(pipeline._READERS, "xlsx", reader)
    feed = declaration(XLSX)
    assert feed.format
    seconds = 3 if reader is bad.never_ends else 600
    form = feed.format.model_copy(update={"reader_seconds": seconds, "reader_memory_mb": 900})
    day = hub.next_day()
    world.begin(day)
    world.put(XLSX, b"whatever")
    world.put(CSV, csv_bytes(lines(rows())))
    before = hub.state(XLSX)

    with pytest.raises(BatchRejected) as caught:
        load_feed(XLSX, day, hub.settings, feed=feed.model_copy(update={"format": form}))

    message = str(caught.value)
    assert says in message
    with hub.session.cursor() as cursor:
        cursor.execute(
            "select outcome, message from ops.feed_runs where feed_id = %s order by run_id desc limit 1",
            (XLSX,),
        )
        assert cursor.fetchone() == ("rejected", message)
    assert re.match(rf"{XLSX}: main\S*\.xlsx: ", message)
    assert "欧阳" not in message
    assert hub.state(XLSX) == before
    assert load_feed(CSV, day, hub.settings).loaded == ROWS
