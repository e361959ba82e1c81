"""The source gate on a real PostgreSQL: what it finds in a batch, and how it shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.catalogue import Feed
from tests.expectations.city import (
    DELTA,
    FEEDS,
    MANY_TABLES,
    REPLY,
    add_batch,
    rows_of,
)
from tests.expectations.gate_hub import NEXT, found, gate, spoil, status
from warehouse.settings import Settings

pytestmark = pytest.mark.slow


def test_good_batches_pass_and_are_checked_once(hub: Settings) -> None:
    for feed in FEEDS.values():
        add_batch(hub, feed)
    result = gate(hub, *FEEDS)
    assert (result.ok, result.failures, result.checked) == (True, [], len(FEEDS))
    assert result.docs_path.is_file()
    recorded = rows_of(hub, "select count(distinct feed_id), bool_and(success) from ops.check_results")
    assert recorded == [(len(FEEDS), True)]

    again = gate(hub, *FEEDS)
    assert (again.ok, again.failures, again.checked) == (True, [], 0)
    assert again.docs_path.is_file()
    # the next day nothing came: only the age of the feeds is looked at
    assert gate(hub, *FEEDS, day=NEXT).ok
    names = rows_of(
        hub, "select distinct check_name from ops.check_results where as_of = %s order by 1", NEXT
    )
    assert names == [("fresh",), ("recent",)]


@pytest.mark.parametrize(
    ("feed_id", "assignment", "rows", "check", "column", "severity"),
    [
        (DELTA, "full_name = null", 3, "required_filled", "full_name", "error"),
        (DELTA, "register_status = '9'", 1, "codes_known", "register_status", "error"),
        (DELTA, "register_district = null", 300, "fill_rate", "register_district", "error"),
        (DELTA, "birth_date = '1812-01-01'", 1, "dates_plausible", "birth_date", "warning"),
        (DELTA, "birth_date = '2020-05-13'", 1, "dates_plausible", "birth_date", "warning"),
        (DELTA, "operation = 'delete'", 1500, "volume_min", None, "error"),
        (REPLY, "request_id = 'r', account_no = '1', sequence_no = 1", 2, "key_unique", "key", "warning"),
    ],
)
def test_each_fault_is_found(
    hub: Settings, feed_id: str, assignment: str, rows: int, check: str, column: str | None, severity: str
) -> None:
    batch = add_batch(hub, FEEDS[feed_id])
    spoil(hub, feed_id, assignment, rows)
    result = gate(hub, feed_id)
    column = ", ".join(FEEDS[feed_id].tables[0].key) if column == "key" else column
    assert found(result) == {(feed_id, check, column, severity)}
    assert result.ok == (severity == "warning")
    assert status(hub, batch) == ("loaded" if result.ok else "held")
    assert result.failures[0].batch_id == batch


def test_a_fault_in_a_second_table_names_it(hub: Settings) -> None:
    add_batch(hub, FEEDS[MANY_TABLES])
    spoil(hub, MANY_TABLES, "staff_name = null", 2, "__staff_relative")
    (failure,) = gate(hub, MANY_TABLES).failures
    assert (failure.check, failure.column) == ("required_filled", "staff_relative.staff_name")
    assert failure.observed == "2 rows, first at row 1"


def test_no_personal_value_reaches_results_or_pages(hub: Settings) -> None:
    add_batch(hub, FEEDS[DELTA])
    spoil(hub, DELTA, "register_status = full_name || id_number", 50)
    result = gate(hub, DELTA)
    pages = list(result.docs_path.parent.rglob("*.html"))
    assert pages
    texts = [repr(result.failures), *map(_text, pages), repr(rows_of(hub, "select * from ops.check_results"))]
    assert not [text for text in texts if re.search(r"21010219600101\d|full_name\d", text)]


def test_pages_call_nobody_and_name_the_fault(hub: Settings) -> None:
    add_batch(hub, FEEDS[DELTA])
    spoil(hub, DELTA, "sex = 'x'", 2)
    result = gate(hub, DELTA)
    pages = [page for page in result.docs_path.parent.rglob("*") if page.is_file()]
    outside = re.compile(r"""(src|href)="https?:|url\(['"]?https?:""")
    assert not [page for page in pages if outside.search(_text(page))]
    detail = next(page for page in pages if "validations" in page.parts and DELTA in page.parts)
    assert "代码列取值在代码表内" in _text(detail)
    assert "sex: 2 rows, first at row 1" in _text(detail)
    assert detail.relative_to(result.docs_path.parent).as_posix() in _text(result.docs_path)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_feeds_cover_every_mode() -> None:
    feeds: list[Feed] = list(FEEDS.values())
    assert {feed.mode for feed in feeds} == {"snapshot", "delta", "events", "query_reply"}
