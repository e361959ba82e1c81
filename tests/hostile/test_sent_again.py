"""A file re-sent under the same name: the same, corrected, with rows silently withdrawn, or damaged."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import BatchRejected, ColumnsMissing
from tests.hostile.file_world import CSV, FileWorld, csv_bytes, lines, row
from tests.hostile.protocol_harness import Hub
from warehouse.intake.load_feed import LoadResult, load_feed

pytestmark = pytest.mark.slow


@pytest.fixture
def first(hub: Hub, world: FileWorld) -> LoadResult:
    """Three good rows of a new day."""
    world.begin(hub.next_day())
    return send(hub, world, csv_bytes(lines([row(n) for n in range(3)])))


def send(hub: Hub, world: FileWorld, content: bytes) -> LoadResult:
    world.put(CSV, content)
    result = load_feed(CSV, hub.day, hub.settings, refresh=True)
    assert result.received == result.loaded + result.duplicate + result.quarantined
    hub._prove_balance(CSV)
    return result


def in_force(hub: Hub) -> list[Any]:
    """(batch, number, amount) of each row that counts."""
    return hub._rows(
        f"select r.batch_id::text, r.organisation_name, r.contribution_amount::int from raw.{CSV} as r "
        "where r.batch_id in (select batch_id from ops.current_batches(%s)) order by r.row_no",
        hub.day,
    )


def test_the_same_bytes_change_nothing(hub: Hub, world: FileWorld, first: LoadResult) -> None:
    again = send(hub, world, csv_bytes(lines([row(n) for n in range(3)])))
    assert (again.outcome, again.batch_id) == ("unchanged", first.batch_id)
    assert len(in_force(hub)) == 3


def test_corrected_content_takes_the_place_of_the_former(
    hub: Hub, world: FileWorld, first: LoadResult
) -> None:
    corrected = [row(0, 出资额="5.00"), row(1), row(2)]
    again = send(hub, world, csv_bytes(lines(corrected)))
    assert (again.received, again.loaded, again.duplicate, again.quarantined) == (3, 3, 0, 0)
    assert [(b, amount) for b, _, amount in in_force(hub)] == [
        (str(again.batch_id), 5),
        (str(again.batch_id), 1000),
        (str(again.batch_id), 1000),
    ]


def test_rows_that_are_silently_left_out_are_withdrawn_and_come_back(
    hub: Hub, world: FileWorld, first: LoadResult
) -> None:
    whole = csv_bytes(lines([row(n) for n in range(3)]))
    shorter = send(hub, world, csv_bytes(lines([row(0), row(2)])))
    assert [(b, name) for b, name, _ in in_force(hub)] == [
        (str(shorter.batch_id), "第0合作社"),
        (str(shorter.batch_id), "第2合作社"),
    ]
    back = send(hub, world, whole)
    assert [b for b, _, _ in in_force(hub)] == [str(back.batch_id)] * 3


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", BatchRejected), (csv_bytes(["统一社会信用代码,合作社名称", "x,y"]), ColumnsMissing)],
    ids=["of-no-bytes", "columns-lost"],
)
def test_a_damaged_one_leaves_the_former_in_force(
    hub: Hub, world: FileWorld, first: LoadResult, content: bytes, error: type[Exception]
) -> None:
    before = hub.state(CSV)
    with pytest.raises(error):
        send(hub, world, content)
    assert hub.state(CSV) == before
    assert len(in_force(hub)) == 3
