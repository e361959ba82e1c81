"""A reader in a process of its own: what it reads comes back as it is; no end of it is the loader's end."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from connectors.catalogue.load import feed_folder, feed_ids, load_feed
from connectors.catalogue.model import Feed
from connectors.decode.apart import Reader, read_in_own_process
from connectors.decode.readers.workbook.read import read_workbook
from connectors.errors import BatchRejected, ColumnsMissing
from tests.connectors.decode import bad_readers as bad
from tests.hostile.workbooks import good_cells, text, workbook

FEED = load_feed("public_security__detention")
SAMPLE = next((feed_folder(FEED.feed_id) / "sample").glob("*.xlsx"))
WORKBOOKS = [f for f in feed_ids() if (form := load_feed(f).format) and form.kind == "xlsx"]


def bounded(seconds: int = 600, memory_mb: int = 4096) -> Feed:
    assert FEED.format
    form = FEED.format.model_copy(update={"reader_seconds": seconds, "reader_memory_mb": memory_mb})
    return FEED.model_copy(update={"format": form})


def end_of(reader: Reader, feed: Feed = FEED, path: Path = SAMPLE) -> str:
    with pytest.raises(BatchRejected) as caught:
        list(read_in_own_process(reader, feed, feed.tables[0], path))
    return str(caught.value)


@pytest.mark.parametrize("feed_id", WORKBOOKS)
def test_a_workbook_reads_the_same_here_and_apart(feed_id: str) -> None:
    feed = load_feed(feed_id)
    (table,) = feed.tables
    path = next((feed_folder(feed_id) / "sample").glob("*.xlsx"))
    here = list(read_workbook(feed, table, path))
    apart = list(read_in_own_process(read_workbook, feed, table, path))
    assert len(here) == len(apart)
    for one, other in zip(here, apart, strict=True):
        assert_frame_equal(one.frame, other.frame)
        assert_frame_equal(one.malformed, other.malformed)
        assert (one.suspect, one.excel) == (other.suspect, other.excel)


@pytest.mark.parametrize(
    ("reader", "says"),
    [
        (bad.aborts, r"ended by signal 6 \(SIGABRT\)"),
        (bad.aborts_at_once, r"ended by signal 6 \(SIGABRT\)"),
        (bad.is_killed, r"ended by signal 9 \(SIGKILL\)"),
        (bad.faults, r"ended by signal 11 \(SIGSEGV\)"),
        (bad.leaves, "ended with code 0 and without a word"),
        (bad.panics, r"its reader failed \(Panic in bad_readers.py, line \d+\)"),
        (bad.raises, r"its reader failed \(KeyError in bad_readers.py, line \d+\)"),
    ],
)
def test_any_end_is_a_refusal_that_names_feed_and_file(reader: Reader, says: str) -> None:
    message = end_of(reader)
    assert message.startswith(f"{FEED.feed_id}: {SAMPLE.name}: ")
    assert "欧阳" not in message
    assert "2101" not in message
    assert re.search(says, message)


def test_memory_is_bounded() -> None:
    assert "more than 900 MB of memory" in end_of(bad.eats_memory, bounded(memory_mb=900))


def test_the_library_of_workbooks_may_abort(tmp_path: Path) -> None:
    """Laid out as a table, a sheet with a blank in its last cell asks for 550 GB."""
    path = tmp_path / "far.xlsx"
    path.write_bytes(workbook(good_cells() | {"XFD1048576": text("XFD1048576", " ")}))
    assert "far.xlsx: its reader was ended by signal 6 (SIGABRT)" in end_of(
        bad.lays_out_every_cell, path=path
    )


@pytest.mark.parametrize("reader", [bad.never_ends, bad.sleeps])
def test_time_is_bounded(reader: Reader) -> None:
    assert "did not end within 1 seconds" in end_of(reader, bounded(seconds=1))


def test_what_a_library_prints_is_no_data() -> None:
    (chunk,) = read_in_own_process(bad.prints, FEED, FEED.tables[0], SAMPLE)
    assert chunk.frame.height == 1


def test_it_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HUB_PERSON_KEY", "DATABASE_URL", "AIRFLOW_CONN_X", "PGPASSWORD"):
        monkeypatch.setenv(name, "canary-secret-0001")
    (chunk,) = read_in_own_process(bad.tells_its_environment, FEED, FEED.tables[0], SAMPLE)
    known = set(chunk.frame[FEED.tables[0].columns[0].source])
    assert "PATH" in known
    assert not {"HUB_PERSON_KEY", "DATABASE_URL", "AIRFLOW_CONN_X", "PGPASSWORD"} & known


def test_a_caller_that_stops_leaves_no_process() -> None:
    chunks = read_in_own_process(bad.sleeps, FEED, FEED.tables[0], SAMPLE)
    next(chunks)
    process = chunks.gi_frame.f_locals["process"]  # type: ignore[attr-defined]
    chunks.close()
    assert process.returncode is not None


def test_a_caller_that_stops_leaves_no_file() -> None:
    chunks = read_in_own_process(bad.leaves_files, FEED, FEED.tables[0], SAMPLE)
    _, folder = next(chunks).frame[FEED.tables[0].columns[0].source]
    assert (Path(folder) / "copy").exists()
    chunks.close()
    assert not Path(folder).exists()


_CALLER = """
from tests.connectors.decode.test_apart import FEED, SAMPLE, bad, read_in_own_process
chunks = read_in_own_process(bad.leaves_files, FEED, FEED.tables[0], SAMPLE)
print(*next(chunks).frame[FEED.tables[0].columns[0].source], flush=True)
next(chunks)
"""


def test_a_caller_that_is_killed_leaves_no_process_and_no_file() -> None:
    caller = subprocess.Popen([sys.executable, "-c", _CALLER], stdout=subprocess.PIPE, text=True)
    with caller:
        assert caller.stdout
        number, folder = caller.stdout.readline().split()
        reader = os.pidfd_open(int(number))
        caller.kill()
    ended = select.poll()
    ended.register(reader, select.POLLIN)
    assert ended.poll(60_000)
    os.close(reader)
    assert not Path(folder).exists()


def test_missing_columns_stay_missing_columns(tmp_path: Path) -> None:
    other = load_feed(next(f for f in WORKBOOKS if f != FEED.feed_id))
    path = next((feed_folder(other.feed_id) / "sample").glob("*.xlsx"))
    source = other.tables[0].source.model_copy(update={"header_row": 1})
    renamed = [c.model_copy(update={"source": f"{c.source}?"}) for c in other.tables[0].columns]
    table = other.tables[0].model_copy(update={"source": source, "columns": renamed})
    errors = []
    for read in (read_workbook, lambda *args: read_in_own_process(read_workbook, *args)):
        with pytest.raises(ColumnsMissing) as caught:
            list(read(other, table, path))
        errors.append((str(caught.value), caught.value.table, caught.value.found))
    assert errors[0] == errors[1]
