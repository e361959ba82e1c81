"""Unread values in the ledger: with the rows, through replays and corrections, and gone with their batch."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from connectors.catalogue import load_feed as declaration
from connectors.decode.drift import CODES
from connectors.delivery import DecodedChunk, Observed
from connectors.errors import BatchRejected
from tests.support.fakes import DAY, DELTA, REPLY, Department, chunk, rows_of
from tests.support.loading import delivery
from tests.support.loading import load as load_fake
from tests.warehouse.intake.test_drift import (
    EVENTS,
    NAME,
    NUMBER,
    ROWS,
    SNAPSHOT,
    Row,
    load,
    moves,
    sentences,
)
from warehouse.operations import corrections
from warehouse.operations.corrections import Correction
from warehouse.operations.drift_reports import notices
from warehouse.operations.replay import replay
from warehouse.settings import Settings
from warehouse.store.decisions import Decision

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
    (line,) = notices(fresh_hub, EVENTS, DAY)
    assert line.message == f"main.{name}: {rows} of {ROWS} values could not be read and are null"
    assert notices(fresh_hub, EVENTS, NEXT) == notices(fresh_hub, "finance__icbc") == []


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
    said = repr(unread(fresh_hub)) + repr(notices(fresh_hub))
    assert NUMBER not in said
    assert NAME not in said


# -- rows that the loader sets aside after the decoder has counted them --------------------------------------


def test_a_row_with_the_key_of_another_is_not_counted(fresh_hub: Settings) -> None:
    rows = sentences()
    rows[0] = {**rows[0], "收监日期": "?"}
    rows[2] = {**rows[2], "收监日期": "?", "刑期起日": rows[1]["刑期起日"]}
    rows[3] = {**rows[3], "收监日期": "2019-04-01", "释放日期": "?", "刑期起日": rows[1]["刑期起日"]}
    result = load(fresh_hub, SNAPSHOT, rows)
    assert result.quarantined == 2
    assert unread(fresh_hub) == [("loaded", "admitted_on", ROWS, 1)]


def test_a_row_that_came_twice_is_counted_as_it_came(fresh_hub: Settings) -> None:
    rows = [{**row, "收监日期": "?"} for row in sentences()[:1]]
    result = load(fresh_hub, SNAPSHOT, [*rows, *rows])
    assert (result.loaded, result.duplicate) == (1, 1)
    assert unread(fresh_hub) == [("loaded", "admitted_on", 2, 2)]


@pytest.mark.parametrize(
    ("feed_id", "row", "reason"),
    [
        (DELTA, {"cremation_no": "H2", "updated_at": datetime(2030, 1, 1)}, "time_in_future"),
        (REPLY, {"id_number": "210102196001011099"}, "reply_not_asked"),
        (REPLY, {"request_id": "another"}, "reply_other_request"),
    ],
)
def test_a_row_the_loader_sets_aside_is_not_counted(
    fresh_hub: Settings, feed_id: str, row: Row, reason: str
) -> None:
    """Two rows, the same column unread in both; the second one is set aside, then both are."""
    load_fake(
        fresh_hub,
        "platform__authorisation",
        delivery({"authorisation_id": "1", "scope": "all", "check_due_on": DAY}),
    )
    column = {DELTA: "cremated_on", REPLY: "balance"}[feed_id]
    for day, rows, left in ((DAY, [{}, row], [1]), (NEXT, [row, row], [])):
        asked = {"request_id": f"{declaration(feed_id).department_code}-{day:%Y%m%d}"}
        made = [{**asked, **one} if feed_id == REPLY else one for one in rows]
        department = Department(lambda feed, made=made: [_unread_in(chunk(feed, made), column)], f"{day}")
        result = load_fake(fresh_hub, feed_id, department, day)
        assert result.quarantined == len(rows) - len(left)
        found = rows_of(
            fresh_hub,
            "select u.column_name, u.rows_filled::int, u.rows_unread::int from ops.unread_values as u "
            "where batch_id = %s",
            str(result.batch_id),
        )
        assert found == ([(column, 2, 1)] if left else [])
    assert {r for (r,) in rows_of(fresh_hub, "select reason_code from ops.quarantine")} == {reason}


def _unread_in(decoded: DecodedChunk, column: str) -> DecodedChunk:
    """The chunk as if the column had been unreadable in every row."""
    rows = decoded.good["row_no"]
    types = pl.DataFrame({"column": [column], "filled": [len(rows)], "failed": [0], "unread": [len(rows)]})
    places = pl.DataFrame({"column": [column] * len(rows), "row_no": rows})
    seen = Observed(tuple(decoded.good.columns), types, pl.DataFrame(schema=CODES), places)
    return replace(decoded, observed=seen)


def test_whatever_is_set_aside_the_count_is_that_of_the_rows_that_are_there(fresh_hub: Settings) -> None:
    """Random rows of a snapshot: each unread value is null in ``raw`` and kept as it came, or set aside."""
    rng = random.Random(5)
    for turn in range(6):
        rows = [
            {
                **row,
                "收监日期": rng.choice(("2019-03-01", "?", "")),
                "释放日期": rng.choice(("", "2020/13/45", "2020-01-01")),
                "刑期起日": f"2018-12-{rng.randrange(1, 28):02}",
                "刑期止日": rng.choice(("2023-12-19", "2023-12-19", "no day")),
            }
            for row in sentences()
        ]
        batch = load(fresh_hub, SNAPSHOT, rows, DAY + timedelta(days=turn)).batch_id
        counted = dict(
            rows_of(
                fresh_hub,
                "select column_name, rows_unread::int from ops.unread_values where batch_id = %s",
                str(batch),
            )
        )
        for column in ("admitted_on", "released_on"):
            ((kept,),) = rows_of(
                fresh_hub,
                f"select count(*) from raw.{SNAPSHOT} where batch_id = %s and {column} is null "
                "and as_received ? %s",
                str(batch),
                column,
            )
            ((twice,),) = rows_of(
                fresh_hub, "select rows_duplicate from ops.feed_batches where batch_id = %s", str(batch)
            )
            assert kept <= counted.get(column, 0) <= kept + twice
