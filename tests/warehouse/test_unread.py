"""Unread values in the ledger: with the rows, through replays and corrections, and gone with their batch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import BatchRejected
from tests.warehouse.fakes import DAY, rows_of
from tests.warehouse.test_drift import EVENTS, NAME, NUMBER, ROWS, Row, load, moves
from warehouse.operations import corrections
from warehouse.operations.corrections import Correction
from warehouse.operations.decisions import Decision
from warehouse.operations.drift import told
from warehouse.operations.replay import replay
from warehouse.settings import Settings

pytestmark = pytest.mark.slow
DECISION = Decision("wang", "the office said so")
NEXT = DAY + timedelta(days=1)


def unread(settings: Settings) -> list[tuple[Any, ...]]:
    return rows_of(
        settings,
        "select b.status, u.column_name, u.rows_filled::int, u.rows_unread::int from ops.unread_values as u "
        "inner join ops.feed_batches as b using (batch_id) order by b.started_at, u.column_name",
    )


def spoiled(column: str, text: str, rows: int) -> list[Row]:
    return [{**row, column: text} if n < rows else row for n, row in enumerate(moves())]


@pytest.mark.parametrize(
    ("column", "text", "rows", "name"),
    [
        ("现区划代码", "和平区", 1, "to_district"),
        ("现区划代码", "2101", 3, "to_district"),
        ("现区划代码", "21010", 5, "to_district"),
        ("原区划代码", "210102001001999", 2, "from_district"),
        ("原区划代码", "*", 1, "from_district"),
    ],
)
def test_what_became_null_is_counted_with_its_batch(
    fresh_hub: Settings, column: str, text: str, rows: int, name: str
) -> None:
    load(fresh_hub, EVENTS, spoiled(column, text, rows))
    assert unread(fresh_hub) == [("loaded", name, ROWS, rows)]
    (line,) = told(fresh_hub, EVENTS, DAY)
    assert line.message == f"main.{name}: {rows} of {ROWS} values could not be read and are null"
    assert told(fresh_hub, EVENTS, NEXT) == told(fresh_hub, "finance__icbc") == []


@pytest.mark.parametrize("text", ["", " ", "210103", "210103001", "210103001001"])
def test_what_was_empty_or_could_be_read_is_not(fresh_hub: Settings, text: str) -> None:
    load(fresh_hub, EVENTS, spoiled("现区划代码", text, 4))
    assert unread(fresh_hub) == []


def test_a_refused_delivery_leaves_no_counts(fresh_hub: Settings) -> None:
    rows = [{k: v for k, v in row.items() if k != "迁移日期"} for row in spoiled("现区划代码", "和平区", 3)]
    with pytest.raises(BatchRejected):
        load(fresh_hub, EVENTS, rows)
    assert unread(fresh_hub) == []


def test_a_row_that_was_set_aside_is_not_counted_until_it_is_corrected(fresh_hub: Settings) -> None:
    rows = spoiled("现区划代码", "和平区", 1)
    rows[0]["迁移类型"] = "户口注销"
    rows[1] = {**rows[1], "原区划代码": "?"}
    load(fresh_hub, EVENTS, rows)
    assert unread(fresh_hub) == [("loaded", "from_district", ROWS, 1)]
    ((number,),) = rows_of(fresh_hub, "select quarantine_id from ops.quarantine")
    corrections.correct([Correction(number, {"direction": "迁入"}, "wang", "code")], DECISION, fresh_hub)
    expected = [("from_district", ROWS, 1), ("to_district", ROWS, 1)]
    assert unread(fresh_hub) == [("loaded", *line) for line in expected]
    replay(EVENTS, DAY, DECISION, fresh_hub)
    assert unread(fresh_hub) == [("superseded", *line) for line in expected] + [
        ("loaded", *line) for line in expected
    ]


def test_counts_go_with_a_batch_that_is_forgotten(fresh_hub: Settings) -> None:
    first, second = spoiled("现区划代码", "和平区", 2), moves()
    load(fresh_hub, EVENTS, first)
    load(fresh_hub, EVENTS, second)
    load(fresh_hub, EVENTS, first)
    assert unread(fresh_hub) == [("loaded", "to_district", ROWS, 2)]


def test_no_value_is_told(fresh_hub: Settings) -> None:
    load(fresh_hub, EVENTS, spoiled("现区划代码", f"{NAME}{NUMBER}", 1))
    said = repr(unread(fresh_hub)) + repr(told(fresh_hub))
    assert NUMBER not in said
    assert NAME not in said
